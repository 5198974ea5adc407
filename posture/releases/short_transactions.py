"""Writes many rows of a job in short transactions before its effect, so that respondents who save answers do not
wait. Readers must ignore such rows until the effect of the job marks them as complete."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models

from surveys.jobs import outbox

ROWS_PER_TRANSACTION = 1000
MAX_GAP_SECONDS = 0.05


class ShortTransactions:
    """Short transactions of one try of a job. Each transaction checks that this try still holds the job. It raises
    outbox.LeaseLost, without a write, if another worker has the job.

    On SQLite one transaction writes at a time. A writer that finds the database locked retries after pauses that grow
    with its wait, up to 50 ms in the first quarter of a second. So a gap follows each transaction, which is as long
    as the transaction or 50 ms.
    """

    def __init__(self, job: outbox.Job) -> None:
        self.job = job

    def insert(
        self, model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
    ) -> None:
        """columns: names of the fields, in the order of the values of a row, which are texts, numbers or None."""
        fields: list[Any] = [model._meta.get_field(name) for name in columns]
        quoted = [
            connection.ops.quote_name(name)
            for name in (model._meta.db_table, *(field.column for field in fields))
        ]
        placeholders = ", ".join(["%s"] * len(fields))
        statement = f"INSERT INTO {quoted[0]} ({', '.join(quoted[1:])}) VALUES ({placeholders})"
        all_rows = list(rows)
        for start in range(0, len(all_rows), ROWS_PER_TRANSACTION):
            with self._transaction(), connection.cursor() as cursor:
                cursor.executemany(statement, all_rows[start : start + ROWS_PER_TRANSACTION])

    def delete(self, rows: models.QuerySet[Any]) -> None:
        while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:ROWS_PER_TRANSACTION]):
            with self._transaction():
                rows.filter(pk__in=keys).delete()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        began = time.monotonic()
        with outbox.holding(self.job):
            yield
        if connection.vendor == "sqlite":
            time.sleep(min(time.monotonic() - began, MAX_GAP_SECONDS))
