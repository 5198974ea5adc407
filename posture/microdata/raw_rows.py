"""Reads rows of the database as blocks of numbers: one query, read in parts, without objects of the ORM."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import chain, islice
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import QuerySet

BLOCK, KEYS_PER_QUERY = 100_000, 10_000
COLUMNS = 3


def read_transaction() -> AbstractContextManager[None]:
    """A transaction for server-side cursors on PostgreSQL. On SQLite it would prevent respondents from saving, so
    there is none."""
    return transaction.atomic() if connection.vendor == "postgresql" else nullcontext()


def raw_tuples(rows: QuerySet[Any, Any]) -> Iterator[tuple[Any, ...]]:
    """The rows of a `values_list`, without the conversions of fields: for numbers and text only."""
    sql, parameters = rows.query.sql_with_params()
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while batch := cursor.fetchmany(BLOCK):
            yield from batch


def row_blocks(rows: QuerySet[Any, Any], *, key: str, keys: np.ndarray) -> Iterator[np.ndarray]:
    """Yields int64 [COLUMNS, rows] in any order, some of the rows at a time. None of the values may be NULL.
    PostgreSQL receives ranges of `key`, whose values are `keys`, ascending, and packs each range into one value. This
    takes a third of the time of reading row by row."""
    if connection.vendor != "postgresql":
        sql, parameters = rows.query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            while batch := cursor.fetchmany(BLOCK):
                yield number_table(batch, COLUMNS)
        return
    for start in range(0, len(keys), KEYS_PER_QUERY):
        range_keys = keys[start : start + KEYS_PER_QUERY]
        block = _fetch_packed(
            rows.filter(**{f"{key}__gte": int(range_keys[0]), f"{key}__lte": int(range_keys[-1])})
        )
        if block.size:
            yield block


def _fetch_packed(rows: QuerySet[Any, Any]) -> np.ndarray:
    sql, parameters = rows.query.sql_with_params()
    names = [f"column_{number}" for number in range(COLUMNS)]
    packed = " || ".join(f"int8send({name})" for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT string_agg({packed}, ''::bytea) FROM ({sql}) AS part ({', '.join(names)})", parameters
        )
        content = cursor.fetchone()[0] or b""
    return np.ascontiguousarray(np.frombuffer(content, dtype=">i8").reshape(-1, COLUMNS).T.astype(np.int64))


def number_table(rows: Iterable[tuple[int, ...]], columns: int) -> np.ndarray:
    flat = np.fromiter(chain.from_iterable(rows), dtype=np.int64)
    return np.ascontiguousarray(flat.reshape(-1, columns).T)


def read_in_blocks(rows: Iterator[tuple[int, ...]], columns: int) -> np.ndarray:
    """All rows, in their order, as int64 [columns, rows]; at most BLOCK of them are objects at a time."""
    tables = [number_table(block, columns) for block in iter(lambda: list(islice(rows, BLOCK)), [])]
    return np.concatenate(tables, axis=1) if tables else np.empty((columns, 0), dtype=np.int64)
