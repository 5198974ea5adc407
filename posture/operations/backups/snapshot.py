"""Reads a consistent snapshot of the database while others write.

SQLite: a read transaction of the WAL. It blocks no writer and leaves no unencrypted copy beside the database, unlike
a copy by the backup API. PostgreSQL: one read-only REPEATABLE READ transaction.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from posture.operations.backups import archive_values
from posture.operations.backups.archive import Row
from posture.operations.backups.schema_tables import Migration, Table

ROWS_AT_ONCE = 2000


class Snapshot:
    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.vendor = connection.vendor

    def migrations(self) -> tuple[Migration, ...]:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
            return tuple((app, name) for app, name in cursor.fetchall())

    def rows(self, table: Table) -> Iterator[Row]:
        """Yields the rows in the order of the key, by bytes on both databases, in the form that both share."""
        quote = self.connection.ops.quote_name
        columns = ", ".join(quote(name) for name in table.names)
        is_text = dict(table.columns)[table.key] == "text"
        order = quote(table.key) + (' COLLATE "C"' if is_text and self.vendor == "postgresql" else "")
        converters = [archive_values.from_database(kind) for _, kind in table.columns]
        with self.connection.chunked_cursor() as cursor:
            cursor.execute(f"SELECT {columns} FROM {quote(table.name)} ORDER BY {order}")
            while rows := cursor.fetchmany(ROWS_AT_ONCE):
                for row in rows:
                    yield [
                        value if value is None or convert is None else convert(value)
                        for value, convert in zip(row, converters, strict=True)
                    ]

    def sequences(self, tables: list[Table]) -> Mapping[str, int]:
        with self.connection.cursor() as cursor:
            if self.vendor == "sqlite":
                cursor.execute("SELECT name, seq FROM sqlite_sequence")
                last_numbers: dict[str, int] = dict(cursor.fetchall())
            else:
                last_numbers = {
                    table.name: _last_number(cursor, table) for table in tables if table.is_numbered
                }
        return {table.name: last_numbers[table.name] for table in tables if last_numbers.get(table.name)}


@contextmanager
def open_snapshot() -> Iterator[Snapshot]:
    """Opens a separate connection, so that no other statement of this process is in the same transaction."""
    connection = connections[DEFAULT_DB_ALIAS].copy()
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA query_only = ON")
                cursor.execute("BEGIN DEFERRED")
                cursor.execute("SELECT count(*) FROM sqlite_master")
            else:
                connection.set_autocommit(False)
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                cursor.execute("SET LOCAL statement_timeout = 0")
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield Snapshot(connection)
    finally:
        connection.close()


def _last_number(cursor: Any, table: Table) -> int:
    cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{table.name}"', table.key])
    (name,) = cursor.fetchone()
    if name is None:
        return 0
    cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {name}")
    return int(cursor.fetchone()[0])
