"""Rows of the database as blocks of numbers: one query, read in pieces, past the objects of the ORM."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import chain, islice
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import QuerySet

BLOCK = 100_000


def one_transaction() -> AbstractContextManager[None]:
    """For cursors of the server on PostgreSQL. On SQLite it would keep respondents from saving."""
    return transaction.atomic() if connection.vendor == "postgresql" else nullcontext()


def tuples(rows: QuerySet[Any, Any]) -> Iterator[tuple[Any, ...]]:
    """The rows of a `values_list`, without the conversions of fields: for numbers and text only."""
    sql, parameters = rows.query.sql_with_params()
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while found := cursor.fetchmany(BLOCK):
            yield from found


def blocks(rows: QuerySet[Any, Any]) -> Iterator[np.ndarray]:
    """int64 [columns, rows], at most BLOCK rows at a time. None of the values may be NULL."""
    sql, parameters = rows.query.sql_with_params()
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while found := cursor.fetchmany(BLOCK):
            yield table(found, len(found[0]))


def table(rows: Iterable[tuple[int, ...]], columns: int) -> np.ndarray:
    flat = np.fromiter(chain.from_iterable(rows), dtype=np.int64)
    return np.ascontiguousarray(flat.reshape(-1, columns).T)


def in_blocks(rows: Iterator[tuple[int, ...]], columns: int) -> np.ndarray:
    """All rows as int64 [columns, rows]; no more than BLOCK of them are objects at a time."""
    found = [table(block, columns) for block in iter(lambda: list(islice(rows, BLOCK)), [])]
    return np.concatenate(found, axis=1) if found else np.empty((columns, 0), dtype=np.int64)
