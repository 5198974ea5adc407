"""Inserts many rows of one table by one statement, with primary keys that are known beforehand.

PostgreSQL refuses COPY for tables with row-level security. There, one INSERT takes an array for each column. On
SQLite a statement takes up to 256 rows.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain
from typing import Any

from django.db import connection, models

from surveys.database.select_statements import all_rows, one_row
from surveys.tenancy.organization_scope import NoOrganization, ScopeKind, present_scope

StoredRow = tuple[Any, ...]
MAX_ROWS_PER_STATEMENT = 256


class BulkTable:
    """Inserts rows into the table of a model.

    `columns` holds the field names in the order of the values of a row. It names all fields except the primary key,
    which the database may assign. Values have the form that the database stores (`stored_time`).
    """

    def __init__(self, model: type[models.Model], *columns: str) -> None:
        self.model = model
        fields = {field.name: field for field in model._meta.concrete_fields}
        missing = {name for name, field in fields.items() if not field.primary_key} - set(columns)
        if missing or set(columns) - set(fields):
            raise ValueError(f"{model.__name__}: all columns must be named, and {missing or columns} differ")
        self.fields = [fields[name] for name in columns]

    def insert(self, rows: Sequence[StoredRow]) -> None:
        """Inserts rows of any organisations. Raises NoOrganization outside of the scope of all organisations."""
        if present_scope() is not ScopeKind.ALL:
            raise NoOrganization("Rows of many organisations are written across organisations only.")
        if not rows:
            return
        if connection.vendor == "sqlite":
            self._insert_on_sqlite(rows)
            return
        self._insert_on_postgresql(rows)

    def _insert_on_postgresql(self, rows: Sequence[StoredRow]) -> None:
        """Sends an array for each column, and a single value for a column in which all rows are equal.

        The first column is always an array, so that the statement inserts all rows.
        """
        columns = list(zip(*rows, strict=True))
        is_array = [position == 0 or len(set(column)) > 1 for position, column in enumerate(columns)]
        values = [
            array_literal(column) if is_array_column else column[0]
            for is_array_column, column in zip(is_array, columns, strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(self._from_arrays(is_array), self._in_order(values, is_array))

    def _insert_on_sqlite(self, rows: Sequence[StoredRow]) -> None:
        """Inserts up to 256 rows in a statement, because triggers open a statement journal for each statement.

        The numbers of rows are powers of two, so that few statements are parsed. The statement bypasses the cursor of
        Django, which would search each of these long statements for placeholders.
        """
        start = 0
        with connection.wrap_database_errors:
            while remaining := len(rows) - start:
                number = min(MAX_ROWS_PER_STATEMENT, 1 << remaining.bit_length() - 1)
                chunk = rows[start : start + number]
                statement = f"{self._into} VALUES {', '.join([self._placeholders] * number)}"
                connection.connection.execute(statement, list(chain.from_iterable(chunk)))
                start += number

    @cached_property
    def _into(self) -> str:
        quote = connection.ops.quote_name
        names = ", ".join(quote(str(field.column)) for field in self.fields)
        return f"INSERT INTO {quote(self.model._meta.db_table)} ({names})"

    @cached_property
    def _placeholders(self) -> str:
        return f"({', '.join(['?'] * len(self.fields))})"

    def _from_arrays(self, is_array: Sequence[bool]) -> str:
        """Returns the INSERT. Placeholders of single values come before those of arrays, as in `_in_order`."""
        types = list(zip(map(_type_of, self.fields), is_array, strict=True))
        expressions = [
            f"given.c{position}" if is_array_column else f"%s::{type_name}"
            for position, (type_name, is_array_column) in enumerate(types)
        ]
        names = ", ".join(
            f"c{position}" for position, (_, is_array_column) in enumerate(types) if is_array_column
        )
        arrays = ", ".join(f"%s::{type_name}[]" for type_name, is_array_column in types if is_array_column)
        return f"{self._into} SELECT {', '.join(expressions)} FROM unnest({arrays}) AS given ({names})"

    @staticmethod
    def _in_order(values: Sequence[Any], is_array: Sequence[bool]) -> list[Any]:
        pairs = list(zip(values, is_array, strict=True))
        return [value for value, is_array_column in pairs if not is_array_column] + [
            value for value, is_array_column in pairs if is_array_column
        ]


# The sub-select looks up the sequence once; without it PostgreSQL would look it up for each key.
NEXT_KEYS = """
    SELECT nextval((SELECT pg_get_serial_sequence(%s, 'id')::regclass)) FROM generate_series(1, %s)
"""


def new_keys(model: type[models.Model], number: int) -> list[int]:
    """Returns unused primary keys. Call it inside the transaction that uses them."""
    if not number:
        return []
    if connection.vendor == "postgresql":
        return [key for (key,) in all_rows(NEXT_KEYS, [model._meta.db_table, number])]
    row = one_row("SELECT seq FROM sqlite_sequence WHERE name = %s", [model._meta.db_table])
    last = row[0] if row else 0
    return list(range(last + 1, last + 1 + number))


def _type_of(field: Any) -> str:
    """Returns the type without the length of a varchar, because a cast would truncate longer values; the column
    rejects them."""
    return str(field.db_type(connection)).partition("(")[0]


def array_literal(values: Sequence[Any]) -> str:
    """Returns the text form of a PostgreSQL array. None is NULL.

    Numbers, and values that repeat within a column, take a fast path.
    """
    if isinstance(values[0], int) and None not in values:
        elements: Iterable[str] = map(str, values)
    else:
        texts = {value: _element(value) for value in set(values)}
        elements = map(texts.__getitem__, values)
    return "{" + ",".join(elements) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value) if isinstance(value, int) else f'"{value}"'


def stored_time(time: datetime) -> Any:
    """Converts a time to the form that the database stores: on SQLite a text in UTC."""
    return time_converter()(time)


def time_converter() -> Callable[[datetime], Any]:
    """Returns the conversion of `stored_time`, so that many times need one look at the vendor of the database."""
    return _unchanged if connection.vendor == "postgresql" else _text_in_utc


def _unchanged(time: datetime) -> datetime:
    return time


def _text_in_utc(time: datetime) -> str:
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
