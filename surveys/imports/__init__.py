"""Writes rows of a file of answers in batches: reads what is stored of a batch in a few statements, decides in memory
what is new, changed or the same, and writes with one statement for a table.

`batch` is the way in; `surveys.imports.importer` and `surveys.imports.import_runs` call it. It writes the same rows as
the verbs of `surveys.fieldwork.fieldwork` would: answers with their history, texts sealed, all inside the scope of
tenancy.
"""
