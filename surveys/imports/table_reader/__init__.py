"""Reads a table from an untrusted file in a confined process.

Run as `python -m surveys.imports.table_reader < file > lines`. The program imports neither settings nor database
code. `surveys.imports.uploads` starts it. It writes lines of JSON: {"kind", "notes"}, then [line, [cells]] for each
row, then {"rows"}; or {"refused"}.
"""
