"""With `trusted_schema=OFF` SQLite 3.40 refuses JSON_VALID in a table definition, and so the tables of libraries that
have a JSON column. What is written is JSON all the same, because Django makes it."""

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    data_type_check_constraints = {
        kind: check
        for kind, check in base.DatabaseWrapper.data_type_check_constraints.items()
        if kind != "JSONField"
    }
