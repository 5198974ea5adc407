"""How many rows one transaction writes, so that those who save answers do not wait.

On SQLite one transaction writes at a time. A saver that finds the database locked looks again after pauses of 1, 2, 5,
10, 15, 20 and then 25 ms each for the first 128 ms (`sqliteDefaultBusyCallback` in the source of SQLite). So after a
transaction of about 80 ms a gap of at least 30 ms lets every saver in. On PostgreSQL only submissions into the same
wave wait, and no gap is needed.
"""

import time

from django.db import connection

TARGET_SECONDS = {"sqlite": 0.08, "postgresql": 0.15}
GAP_SECONDS = 0.03
FIRST_ANSWERS, FEWEST_ANSWERS = 500, 200
MOST_ROWS = 1_000
MOST_GROWTH = 1.5


class Pacing:
    """`rows`: how many rows the next transaction gets."""

    def __init__(self, *, items: int) -> None:
        self.rows = max(1, FIRST_ANSWERS // max(items, 1))
        self.fewest = max(1, FEWEST_ANSWERS // max(items, 1))
        self._ended_at = 0.0

    def wait(self) -> None:
        """Before a transaction: as long as is left of the gap. Reading the next rows counts as a gap."""
        left = self._ended_at + GAP_SECONDS - time.monotonic()
        if left > 0 and connection.vendor == "sqlite":
            time.sleep(left)

    def note(self, *, rows: int, seconds: float) -> None:
        """After a transaction that wrote so many rows and took so long."""
        self._ended_at = time.monotonic()
        if rows:
            fitting = int(rows * TARGET_SECONDS[connection.vendor] / max(seconds, 0.001))
            self.rows = min(max(self.fewest, fitting), int(self.rows * MOST_GROWTH) + 1, MOST_ROWS)
