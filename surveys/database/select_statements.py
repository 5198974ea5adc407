"""Reads rows by raw SQL, for the statements that every save runs.

The ORM takes several times as long to build such a statement as the database takes to run it.
"""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)


def one_row(statement: str, parameters: Sequence[Any]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()


def all_rows(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def utc_time(time: datetime | None) -> datetime | None:
    """Adds the time zone that SQLite does not store, which is always UTC."""
    return time if time is None or time.tzinfo else time.replace(tzinfo=UTC)


def stored_uuid(value: uuid.UUID) -> uuid.UUID | str:
    return value if connection.features.has_native_uuid_field else value.hex


def for_update(statement: str) -> str:
    """Adds FOR UPDATE. SQLite has no row locks: there the transaction locks the whole database."""
    return f"{statement} FOR UPDATE" if connection.features.has_select_for_update else statement


def partial_instance(model: type[Row], **columns: Any) -> Row:
    """Returns a model instance with only these columns; other columns are loaded on access."""
    names = [field.attname for field in model._meta.concrete_fields if field.attname in columns]
    return model.from_db(connection.alias, names, [columns[name] for name in names])
