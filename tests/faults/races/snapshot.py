"""Takes a snapshot of the test database and restores it in milliseconds."""

import contextlib
import sqlite3
from collections.abc import Iterator

from django.db import connection, connections, transaction

SCHEMA = "snapshot"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
SEQUENCES = "SELECT sequencename, coalesce(last_value, 1), last_value IS NOT NULL FROM pg_sequences"


@contextlib.contextmanager
def snapshot() -> Iterator["Snapshot"]:
    """Yields a snapshot, which is also restored at the end."""
    snapshot_of_database = PostgresqlSnapshot() if connection.vendor == "postgresql" else SqliteSnapshot()
    try:
        yield snapshot_of_database
    finally:
        snapshot_of_database.restore()
        snapshot_of_database.forget()


class SqliteSnapshot:
    def __init__(self) -> None:
        connections.close_all()
        self.name, self.copy = str(connection.settings_dict["NAME"]), sqlite3.connect(":memory:")
        with contextlib.closing(sqlite3.connect(self.name)) as database:
            database.backup(self.copy)

    def restore(self) -> None:
        connections.close_all()
        with contextlib.closing(sqlite3.connect(self.name)) as database:
            self.copy.backup(database)

    def forget(self) -> None:
        self.copy.close()


class PostgresqlSnapshot:
    """Copies each table into a separate schema. A table has changed when its number of rows differs or a later
    transaction wrote a row. Only such tables are restored, without their triggers."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(TABLES)
            self.tables = [name for (name,) in cursor.fetchall()]
            cursor.execute(f"CREATE SCHEMA {SCHEMA}")
            for table in self.tables:
                cursor.execute(f'CREATE TABLE {SCHEMA}."{table}" AS TABLE public."{table}"')
            cursor.execute(SEQUENCES)
            self.sequences = cursor.fetchall()
        self.fingerprints = self._fingerprints()

    def restore(self) -> None:
        fingerprints = self._fingerprints()
        changed = [table for table in self.tables if fingerprints[table] != self.fingerprints[table]]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table in changed:
                cursor.execute(f'DELETE FROM public."{table}"')
                cursor.execute(f'INSERT INTO public."{table}" SELECT * FROM {SCHEMA}."{table}"')
            for name, value, is_used in self.sequences:
                cursor.execute("SELECT setval(%s::regclass, %s, %s)", [f'public."{name}"', value, is_used])
        self.fingerprints |= {
            table: fingerprint for table, fingerprint in self._fingerprints().items() if table in changed
        }

    def forget(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA {SCHEMA} CASCADE")

    def _fingerprints(self) -> dict[str, tuple[int, int]]:
        """Returns, by table, the number of rows and the last transaction that wrote one."""
        statements = (
            f"SELECT '{table}', count(*), max(xmin::text::bigint) FROM public.\"{table}\""
            for table in self.tables
        )
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(statements))
            return {table: (count, last) for table, count, last in cursor.fetchall()}


Snapshot = SqliteSnapshot | PostgresqlSnapshot
