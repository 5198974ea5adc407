"""Inserts rows by a cached statement, for the tables that every save writes.

The result is the same as with the manager of the model, but faster: fields prepare and seal their values, and the
scope is checked.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar, cast

from django.db import connection, models

from surveys.tenancy.organization_scope import assign_owner

M = TypeVar("M", bound=models.Model)


class Insertion(Generic[M]):
    """Inserts rows of a model. An existing row with equal values in `unique_columns` is updated."""

    def __init__(self, model: type[M], *, unique_columns: Sequence[str] = ()) -> None:
        self.model, self.unique_columns = model, unique_columns

    def add(self, rows: Iterable[M]) -> list[M]:
        """Inserts rows by one statement. Returns them with their primary keys."""
        added = list(rows)
        if added:
            assign_owner(self.model, added)
            before, places, after = self._statement
            values = [value for row in added for value in self._values(row)]
            with connection.cursor() as cursor:
                cursor.execute(before + ", ".join([places] * len(added)) + after, values)
                for row, (key,) in zip(added, cursor.fetchall(), strict=True):
                    row.pk = key
        return added

    @cached_property
    def _fields(self) -> list[Any]:
        return [field for field in self.model._meta.concrete_fields if not field.primary_key]

    @cached_property
    def _statement(self) -> tuple[str, str, str]:
        """Returns the SQL before the values, the placeholders of one row, and the SQL after the values."""
        quoted, key = connection.ops.quote_name, cast(Any, self.model._meta.pk)
        columns = {field.name: quoted(field.column) for field in self._fields}
        conflict_columns = ", ".join(columns[name] for name in self.unique_columns)
        assignments = ", ".join(
            f"{column} = EXCLUDED.{column}"
            for name, column in columns.items()
            if name not in self.unique_columns
        )
        on_conflict = (
            f" ON CONFLICT ({conflict_columns}) DO UPDATE SET {assignments}" if conflict_columns else ""
        )
        return (
            f"INSERT INTO {quoted(self.model._meta.db_table)} ({', '.join(columns.values())}) VALUES ",
            f"({', '.join(['%s'] * len(columns))})",
            f"{on_conflict} RETURNING {quoted(key.column)}",
        )

    def _values(self, row: M) -> list[Any]:
        return [field.get_db_prep_save(field.pre_save(row, True), connection) for field in self._fields]
