"""Backups: a consistent snapshot of the database in one encrypted archive that SQLite and PostgreSQL can restore.

An archive contains rows, not a copy of files. Each table is written as lines of JSON in a form that both databases
share, compressed, and sealed in chunks. So it needs no tool of either database, and an archive of one restores on the
other. `verify` can always restore into a scratch SQLite file, and an older archive passes through the migrations.

    archive_names   paths and names of archives
    key             the key that opens them
    envelope        sealed chunks that detect changes, truncation and reordering
    schema_tables   the tables and columns of a schema, as the migrations define them
    archive_values  the form of values that both databases share
    archive         reads and writes the content of an archive
    snapshot        reads a consistent snapshot while others write
    backup          `manage.py backup`
    archive_loader  loads the rows of an archive into an empty schema
    carried_rows    keys and the ledger of erasures, which a restore keeps
    restore         `manage.py restore`
    verification    `manage.py verify`
"""
