"""Reads a table out of a file that a stranger made, in a process that can do nothing else: `python -m
surveys.imports.table_reader < file > lines`. Knows neither settings nor database. The parent is
`surveys.imports.uploads`.

Out come lines of JSON: {"kind", "notes"}, then [line, [cells]] for each row, then {"rows"}; or {"refused"}.
"""
