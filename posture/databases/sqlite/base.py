"""SQLite backend without JSON_VALID checks of JSON columns. With `trusted_schema=OFF` SQLite 3.40 refuses JSON_VALID
in a table definition, and so the tables of libraries with a JSON column. Values are valid JSON nevertheless, because
Django encodes them."""

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    data_type_check_constraints = {
        kind: check
        for kind, check in base.DatabaseWrapper.data_type_check_constraints.items()
        if kind != "JSONField"
    }
