"""Files of answers in: reading an uploaded table, mapping its columns to items, writing its rows in batches.

`import_runs` carries out an uploaded file in the background, `importer.import_file` reads one at once; both write
through `batch`, which stores what the verbs of fieldwork would store. Retention, web code and management commands
import it.
"""
