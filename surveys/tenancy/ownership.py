"""Database constraints which ensure that a row and its parent belong to the same organisation.

PostgreSQL enforces this by foreign keys of two columns, which replace those of one. SQLite can't add foreign keys to
existing tables, so triggers enforce it there. Like the triggers of `surveys.fieldwork.tally_triggers` they are
created after every migration. On SQLite they are removed before it, because a migration rebuilds tables. A model
takes part by `OWNED_THROUGH`, the name of the relation to the parent of its rows.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

MAX_WAIT_SECONDS, PAUSE_SECONDS = 120, 0.05
REFUSAL = "a row belongs to another organisation than what it hangs on"
IMPLIED_FOREIGN_KEYS = """
    SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass AND conkey = ARRAY
        (SELECT attnum FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s)
"""


@dataclass(frozen=True)
class OwnershipLink:
    table: str
    key: str
    parent: str

    @property
    def name(self) -> str:
        return f"{self.table}_same_organization"

    @property
    def on_postgresql(self) -> str:
        return (
            f"ALTER TABLE {self.table} ADD CONSTRAINT {self.name} FOREIGN KEY ({self.key}, organization_id)"
            f" REFERENCES {self.parent} (id, organization_id) MATCH FULL DEFERRABLE INITIALLY DEFERRED"
        )

    @property
    def on_sqlite(self) -> dict[str, str]:
        """Returns for each trigger name the event and the condition under which it refuses the statement."""
        owner = f"(SELECT organization_id FROM {self.parent} WHERE id = NEW.{self.key})"
        is_moved = "NEW.organization_id IS NOT OLD.organization_id"
        has_rows = f"EXISTS (SELECT 1 FROM {self.table} WHERE {self.key} = OLD.id)"
        return {
            f"{self.name}_inserted": f"INSERT ON {self.table} WHEN NEW.organization_id IS NOT {owner}",
            f"{self.name}_changed": f"UPDATE OF organization_id, {self.key} ON {self.table}"
            f" WHEN NEW.organization_id IS NOT {owner}",
            f"{self.name}_parent": f"UPDATE OF organization_id ON {self.parent} WHEN {is_moved} AND {has_rows}",
        }


def ownership_links() -> Iterator[OwnershipLink]:
    for model in apps.get_models():
        parent_field = getattr(model, "OWNED_THROUGH", "")
        if parent_field:
            field: Any = model._meta.get_field(parent_field)
            yield OwnershipLink(model._meta.db_table, field.column, field.related_model._meta.db_table)


def drop_ownership_triggers(*, using: str, plan: list[Any], **_: Any) -> None:
    connection = connections[using]
    if plan and connection.vendor == "sqlite":
        _drop_triggers(connection)


def create_ownership_constraints(*, using: str, **_: Any) -> None:
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    present_links = [link for link in ownership_links() if {link.table, link.parent} <= tables]
    if connection.vendor == "sqlite":
        _drop_triggers(connection)
    with connection.cursor() as cursor:
        for link in present_links:
            if connection.vendor == "sqlite":
                for name, event in link.on_sqlite.items():
                    cursor.execute(
                        f"CREATE TRIGGER {name} BEFORE {event} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
                    )
                continue
            cursor.execute("SELECT 1 FROM pg_constraint WHERE conname = %s", [link.name])
            if cursor.fetchone() is None:
                with transaction.atomic(using):
                    lock_tables(connection, (link.table, link.parent), mode="SHARE ROW EXCLUSIVE")
                    cursor.execute(link.on_postgresql)
            _drop_implied(connection, link)


def _drop_implied(connection: BaseDatabaseWrapper, link: OwnershipLink) -> None:
    """Drops the foreign key of one column that Django creates, because the key of two columns implies it.

    With both, PostgreSQL would look up the same parent twice for each row.
    """
    quote = connection.ops.quote_name
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        cursor.execute(IMPLIED_FOREIGN_KEYS, [link.table, link.table, link.key])
        for (name,) in cursor.fetchall():
            lock_tables(connection, (link.table, link.parent))
            cursor.execute(f"ALTER TABLE {link.table} DROP CONSTRAINT {quote(name)}")


def lock_tables(
    connection: BaseDatabaseWrapper, tables: Sequence[str], *, mode: str = "ACCESS EXCLUSIVE"
) -> None:
    """Locks all tables or none, so that a migration never holds one table while it waits for another.

    A transaction that saves may hold the other table. SQLite needs no lock, because it has one writer at a time.
    Raises OperationalError after 120 seconds.
    """
    if connection.vendor != "postgresql":
        return
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while True:
        try:
            with transaction.atomic(connection.alias), connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {', '.join(tables)} IN {mode} MODE NOWAIT")
                return
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(PAUSE_SECONDS)


def _drop_triggers(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        for link in ownership_links():
            for name in link.on_sqlite:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
