"""Loads the rows of an archive into a new schema, and reads them back for comparison."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.graph import MigrationGraph

from posture.operations.backups import values
from posture.operations.backups.archive import ArchiveReader, Manifest, Row, contents_of
from posture.operations.backups.errors import ArchiveRefused
from posture.operations.backups.snapshot import Snapshot
from posture.operations.backups.tables import Migration, Table, tables_of

ROWS_AT_ONCE = 1000
ENABLE = {"O": "ENABLE", "A": "ENABLE ALWAYS", "R": "ENABLE REPLICA"}


def build_schema(connection: BaseDatabaseWrapper, manifest: Manifest) -> None:
    """Creates the tables of the schema version that the archive was made with."""
    connection.prepare_database()
    executor = MigrationExecutor(connection)
    executor.migrate(_newest(executor.loader.graph, set(manifest.migrations)))


def _newest(graph: MigrationGraph, applied: set[Migration]) -> list[Migration]:
    """Returns the applied migrations of each app that no other applied migration of the app depends on."""
    known = applied & set(graph.nodes)
    followed = {
        parent.key for node in known for parent in graph.node_map[node].parents if parent.key[0] == node[0]
    }
    return sorted(known - followed)


def load(connection: BaseDatabaseWrapper, reader: ArchiveReader) -> None:
    """Loads the rows. First removes rows that migrations wrote, and suspends triggers, so that neither adds to the
    content of the archive."""
    manifest = reader.origin
    tables = {table.name: table for table in tables_of(manifest.migrations, manifest.left_out)}
    with (
        connection.constraint_checks_disabled(),
        transaction.atomic(connection.alias),
        _no_triggers(connection),
    ):
        _empty(connection, [*tables, *(name for name in manifest.left_out if name in _existing(connection))])
        for name, columns, rows in reader.tables():
            insert(connection, tables[name], columns, rows)
        assert reader.manifest is not None
        _continue_numbering(connection, tables, reader.manifest.sequences)
    connection.check_constraints()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def compare(connection: BaseDatabaseWrapper, manifest: Manifest) -> None:
    """Raises ArchiveRefused if the content of the database differs from the archive."""
    found = Snapshot(connection)
    with transaction.atomic(connection.alias):
        for table in tables_of(manifest.migrations, manifest.left_out):
            if contents_of(table, found.rows(table)) != manifest.tables[table.name]:
                raise ArchiveRefused(f"What was restored into {table.name} is not what the archive holds.")


def _existing(connection: BaseDatabaseWrapper) -> list[str]:
    return connection.introspection.table_names()


def _empty(connection: BaseDatabaseWrapper, names: list[str]) -> None:
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
    into, names = quote(table.name), ", ".join(quote(name) for name in columns)
    converters = [values.into_database(kinds[name], connection.vendor) for name in columns]
    converted = (
        [
            value if value is None or convert is None else convert(value)
            for value, convert in zip(row, converters, strict=True)
        ]
        for row in rows
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {into} ({names}) FROM STDIN") as copy:
                for row in converted:
                    copy.write_row(row)
            return
        places = ", ".join("?" for _ in columns)
        raw = cursor.connection.cursor()
        raw.executemany(f"INSERT INTO {into} ({names}) VALUES ({places})", converted)


def _continue_numbering(
    connection: BaseDatabaseWrapper, tables: Mapping[str, Table], sequences: Mapping[str, int]
) -> None:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for name, last in sequences.items():
            if connection.vendor == "postgresql":
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence(%s, %s), GREATEST(%s, max({quote(tables[name].key)})))"
                    f" FROM {quote(name)}",
                    [quote(name), tables[name].key, last],
                )
            else:
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [name])
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [name, last])


@contextmanager
def _no_triggers(connection: BaseDatabaseWrapper) -> Iterator[None]:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            placed: list[Any] = cursor.fetchall()
            away = [f"DROP TRIGGER {quote(name)}" for name, _ in placed]
            back = [sql for _, sql in placed]
        else:
            cursor.execute(
                "SELECT relname, tgname, tgenabled FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
                " WHERE NOT tgisinternal AND tgenabled <> 'D' AND relnamespace = current_schema()::regnamespace"
            )
            placed = [(quote(table), quote(name), ENABLE[how]) for table, name, how in cursor.fetchall()]
            away = [f"ALTER TABLE {table} DISABLE TRIGGER {name}" for table, name, _ in placed]
            back = [f"ALTER TABLE {table} {how} TRIGGER {name}" for table, name, how in placed]
        for statement in away:
            cursor.execute(statement)
        yield
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in back:
            cursor.execute(statement)
