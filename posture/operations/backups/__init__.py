"""Backups: everything that the database holds, at one moment, in one encrypted archive that either database restores.

An archive is rows, not a copy of files: each table as lines of JSON in a form that both databases share, compressed,
then sealed in chunks. So no tool of either database is needed, an archive made on one restores on the other, `verify`
can always restore into a scratch SQLite file, and an older archive passes through the ordinary migrations.

    names     where archives lie and how they are called
    key       the key that opens them
    envelope  chunks that notice a change, a cut and another order
    tables    which tables and columns there are, as the migrations say
    values    the form that both databases share
    archive   what stands in an archive, written and read
    snapshot  one moment of the database, while others go on writing
    making    `manage.py backup`
    loading   the rows of an archive into an empty schema
    restoring `manage.py restore`
    rehearsing `manage.py verify`
"""
