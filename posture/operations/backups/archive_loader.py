"""Loads the rows of an archive into a new schema, and reads them back for comparison."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.graph import MigrationGraph

from posture.operations.backups import archive_values
from posture.operations.backups.archive import ArchiveManifest, ArchiveReader, Row, table_contents
from posture.operations.backups.errors import ArchiveRefused
from posture.operations.backups.schema_tables import Migration, Table, tables_of
from posture.operations.backups.snapshot import Snapshot

ROWS_AT_ONCE = 1000
TRIGGER_STATES = {"O": "ENABLE", "A": "ENABLE ALWAYS", "R": "ENABLE REPLICA"}


def build_schema(connection: BaseDatabaseWrapper, manifest: ArchiveManifest) -> None:
    """Creates the tables of the schema version that the archive was made with."""
    connection.prepare_database()
    executor = MigrationExecutor(connection)
    executor.migrate(_newest(executor.loader.graph, set(manifest.migrations)))


def _newest(graph: MigrationGraph, applied: set[Migration]) -> list[Migration]:
    """Returns the applied migrations of each app that no other applied migration of the app depends on."""
    shipped = applied & set(graph.nodes)
    parents = {
        parent.key for node in shipped for parent in graph.node_map[node].parents if parent.key[0] == node[0]
    }
    return sorted(shipped - parents)


def load(connection: BaseDatabaseWrapper, reader: ArchiveReader) -> None:
    """Loads the rows. First removes rows that migrations wrote, and suspends triggers, so that neither adds to the
    content of the archive."""
    manifest = reader.origin
    tables = {table.name: table for table in tables_of(manifest.migrations, manifest.left_out)}
    with (
        connection.constraint_checks_disabled(),
        transaction.atomic(connection.alias),
        _suspended_triggers(connection),
    ):
        _delete_rows(
            connection, [*tables, *(name for name in manifest.left_out if name in _existing(connection))]
        )
        for name, columns, rows in reader.tables():
            insert(connection, tables[name], columns, rows)
        assert reader.manifest is not None
        _continue_numbering(connection, tables, reader.manifest.sequences)
    connection.check_constraints()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def compare(connection: BaseDatabaseWrapper, manifest: ArchiveManifest) -> None:
    """Raises ArchiveRefused if the content of the database differs from the archive."""
    snapshot = Snapshot(connection)
    with transaction.atomic(connection.alias):
        for table in tables_of(manifest.migrations, manifest.left_out):
            if table_contents(table, snapshot.rows(table)) != manifest.tables[table.name]:
                raise ArchiveRefused(f"What was restored into {table.name} is not what the archive holds.")


def _existing(connection: BaseDatabaseWrapper) -> list[str]:
    return connection.introspection.table_names()


def _delete_rows(connection: BaseDatabaseWrapper, names: list[str]) -> None:
    quoted = [connection.ops.quote_name(name) for name in names]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"TRUNCATE {', '.join(quoted)} CASCADE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            return
        for name in quoted:
            cursor.execute(f"DELETE FROM {name}")


def insert(connection: BaseDatabaseWrapper, table: Table, columns: list[str], rows: Iterator[Row]) -> None:
    quote, kinds = connection.ops.quote_name, dict(table.columns)
    table_name, names = quote(table.name), ", ".join(quote(name) for name in columns)
    converters = [archive_values.into_database(kinds[name], connection.vendor) for name in columns]
    converted = (
        [
            value if value is None or convert is None else convert(value)
            for value, convert in zip(row, converters, strict=True)
        ]
        for row in rows
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table_name} ({names}) FROM STDIN") as copy:
                for row in converted:
                    copy.write_row(row)
            return
        placeholders = ", ".join("?" for _ in columns)
        raw_cursor = cursor.connection.cursor()
        raw_cursor.executemany(f"INSERT INTO {table_name} ({names}) VALUES ({placeholders})", converted)


def _continue_numbering(
    connection: BaseDatabaseWrapper, tables: Mapping[str, Table], sequences: Mapping[str, int]
) -> None:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for name, last_number in sequences.items():
            if connection.vendor == "postgresql":
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence(%s, %s), GREATEST(%s, max({quote(tables[name].key)})))"
                    f" FROM {quote(name)}",
                    [quote(name), tables[name].key, last_number],
                )
            else:
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [name])
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [name, last_number])


@contextmanager
def _suspended_triggers(connection: BaseDatabaseWrapper) -> Iterator[None]:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers: list[Any] = cursor.fetchall()
            disable_statements = [f"DROP TRIGGER {quote(name)}" for name, _ in triggers]
            enable_statements = [sql for _, sql in triggers]
        else:
            cursor.execute(
                "SELECT relname, tgname, tgenabled FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
                " WHERE NOT tgisinternal AND tgenabled <> 'D' AND relnamespace = current_schema()::regnamespace"
            )
            triggers = [
                (quote(table), quote(name), TRIGGER_STATES[state]) for table, name, state in cursor.fetchall()
            ]
            disable_statements = [
                f"ALTER TABLE {table} DISABLE TRIGGER {name}" for table, name, _ in triggers
            ]
            enable_statements = [
                f"ALTER TABLE {table} {state} TRIGGER {name}" for table, name, state in triggers
            ]
        for statement in disable_statements:
            cursor.execute(statement)
        yield
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in enable_statements:
            cursor.execute(statement)
