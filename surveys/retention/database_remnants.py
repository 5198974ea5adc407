"""Clears the remnants of deleted rows from the database: old pages, write-ahead log and dead rows."""

import contextlib
from collections.abc import Iterable

from django.db import DatabaseError, connection


def tables_with_remnants() -> list[str]:
    return connection.introspection.table_names()


def clear_remnants(tables: Iterable[str]) -> list[str]:
    """Clears remnants. Runs outside of transactions. Returns sentences on what could not be done, with a remedy."""
    if connection.vendor == "sqlite":
        return _clear_sqlite()
    return _clear_postgresql(sorted(tables))


def _clear_sqlite() -> list[str]:
    """Truncates the write-ahead log. `secure_delete` is on, so that deleted text is overwritten in the database file
    itself."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy, _, _ = cursor.fetchone()
    if busy:
        return [
            "A reader kept the write-ahead log open: run `manage.py erase --clear` again when it has ended."
        ]
    return []


MAY_VACUUM = """
SELECT pg_has_role(relation.relowner, 'USAGE') OR pg_has_role(present.datdba, 'USAGE')
FROM pg_class AS relation, pg_database AS present
WHERE relation.oid = %s::regclass AND present.datname = current_database()
"""
# ANALYZE stores the most frequent values there.
STATISTICS = "pg_catalog.pg_statistic"


def _clear_postgresql(tables: list[str]) -> list[str]:
    """Rewrites each table with its indexes, and locks it meanwhile.

    Needs the role that owns the tables; without it PostgreSQL would only print a warning.
    """
    not_cleared = []
    names = [*(connection.ops.quote_name(table) for table in tables), *([STATISTICS] if tables else [])]
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for name in names:
            cursor.execute(MAY_VACUUM, [name])
            if cursor.fetchone() == (True,):
                cursor.execute(f"VACUUM (FULL{', ANALYZE' if name != STATISTICS else ''}) {name}")
            else:
                not_cleared.append(
                    f"{name} still holds dead rows: run `manage.py erase --clear` as its owner."
                )
        cursor.execute("RESET statement_timeout")
        # If the role may not do so, PostgreSQL starts a checkpoint itself within minutes.
        with contextlib.suppress(DatabaseError):
            cursor.execute("CHECKPOINT")
    return not_cleared
