"""The tables and columns of a schema as its applied migrations define them. The current code may be newer."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.migrations.loader import MigrationLoader

from posture.operations.backups import archive_values
from surveys.encryption.sealing import tables_without_backup

Migration = tuple[str, str]

# Sessions are left out, so that people sign in again: an old archive must not restore sessions that were ended since.
SESSIONS = (
    "django_session",
    "usersessions_usersession",
    "surveys_mailedcode",
    "surveys_respondentsession",
)


@dataclass(frozen=True)
class Table:
    """`columns`: name and kind. `key` orders the rows; if it is a single number, it also counts as sequence."""

    name: str
    columns: tuple[tuple[str, str], ...]
    key: str
    is_numbered: bool

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.columns]

    @cached_property
    def json_positions(self) -> tuple[int, ...]:
        return tuple(position for position, (_, kind) in enumerate(self.columns) if kind == "json")


def left_out() -> tuple[str, ...]:
    return (*SESSIONS, *tables_without_backup())


def tables_of(applied: Iterable[Migration], excluded: Collection[str]) -> list[Table]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    nodes = [node for node in applied if node in loader.graph.nodes]
    state = loader.project_state(nodes)
    models = state.apps.get_models(include_auto_created=True)
    tables = {
        model._meta.db_table: _table(model)
        for model in models
        if not model._meta.proxy and model._meta.managed
    }
    return [tables[name] for name in sorted(tables) if name not in excluded]


def _table(model: Any) -> Table:
    fields = [field for field in model._meta.local_fields if field.concrete]
    columns = tuple((field.column, archive_values.kind_of(field)) for field in fields)
    key = model._meta.pk
    is_numbered = key.get_internal_type() in ("AutoField", "BigAutoField", "SmallAutoField")
    return Table(model._meta.db_table, columns, key.column, is_numbered)
