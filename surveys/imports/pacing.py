"""Chooses how many rows one transaction writes, so that respondents who save answers do not wait.

On SQLite one transaction writes at a time. A connection that finds the database locked retries after pauses of 1, 2,
5, 10, 15, 20 and then 25 ms each for the first 128 ms. The source is `sqliteDefaultBusyCallback` of SQLite. So after
a transaction of about 80 ms, a gap of at least 30 ms lets every waiting save through. On PostgreSQL only submissions
into the same wave wait, and no gap is needed.
"""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

TARGET_SECONDS = {"sqlite": 0.08, "postgresql": 0.1}
GAP_SECONDS = 0.03
FIRST_ANSWERS, MIN_ANSWERS = 500, 200
MAX_ROWS = 1_000
MAX_GROWTH = 1.5


class BatchPacing:
    """Adapts the size of batches to the duration of their transactions. `rows` is the size of the next batch."""

    def __init__(self, *, items: int) -> None:
        self.rows = max(1, FIRST_ANSWERS // max(items, 1))
        self.min_rows = max(1, MIN_ANSWERS // max(items, 1))
        self._ended_at = 0.0

    @contextmanager
    def around_transaction(self, *, rows: int) -> Iterator[None]:
        """Wraps a transaction that writes this many rows: waits for the gap before it, and measures its duration.

        Garbage collection is disabled meanwhile: a full collection takes 100 ms, and all saves would wait for it.
        """
        self._wait()
        was_enabled = gc.isenabled()
        gc.disable()
        started = time.monotonic()
        try:
            yield
        finally:
            if was_enabled:
                gc.enable()
        self.adapt(rows=rows, seconds=time.monotonic() - started)

    def _wait(self) -> None:
        """Sleeps for the rest of the gap on SQLite. Reading the next rows counts as part of the gap."""
        remaining = self._ended_at + GAP_SECONDS - time.monotonic()
        if remaining > 0 and connection.vendor == "sqlite":
            time.sleep(remaining)

    def adapt(self, *, rows: int, seconds: float) -> None:
        """Adapts `rows` after a transaction of this many rows and seconds."""
        self._ended_at = time.monotonic()
        if rows:
            fitting = int(rows * TARGET_SECONDS[connection.vendor] / max(seconds, 0.001))
            self.rows = min(max(self.min_rows, fitting), int(self.rows * MAX_GROWTH) + 1, MAX_ROWS)
