"""Imports files of answers: reads an uploaded table, maps its columns to items, and writes its rows in batches.

`import_runs` imports an uploaded file in the background; `importer.import_responses` imports a file at once. Both
write through `batch`, which stores the same rows as the functions of fieldwork. Retention, web code and management
commands import this folder.
"""
