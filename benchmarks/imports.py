"""Benchmark of importing an answer file, compared with pandas that reads the same file and the raw driver that stores
its cells in one table. Files: 50,000 rows of 7 items and 5,000 rows of 100 items, on SQLite and PostgreSQL.

Each call imports into a separate wave. The benchmark prints the longest transaction, because on SQLite all saves wait
for it. It also prints the processor time, because other processes on the machine lengthen the elapsed time. Both are
those of a first call; the speed is that of a second one.
"""

import os
import tempfile
from collections.abc import Sequence
from functools import partial

from benchmarks.frame import databases, in_product
from benchmarks.protocol import MEGABYTE, Candidate, Timing, race
from benchmarks.report import Verdict, figure, table

FILES = ((50_000, 7, 2_000), (5_000, 100, 200))
FLOOR, FIRST_IMPORT, SECOND_IMPORT = "pandas and driver", "import", "the same file again"
LONGEST_SECONDS = 0.2
TENTH = 10
# A file with ten times as many rows may need at most this much more memory.
MOST_GROWTH = 1.3
HEADS = ("", "rows a second", "of pandas and driver", "processor s", "longest transaction, ms", "peak MB")


def main(_: Sequence[int]) -> list[Verdict]:
    return [
        verdict
        for database, url in databases()
        for rows, items, wanted in FILES
        for verdict in _measured(database, url, rows, items, wanted)
    ]


def _measured(database: str, url: str, rows: int, items: int, wanted: int) -> list[Verdict]:
    with tempfile.TemporaryDirectory() as var:
        run = partial(in_product, url or f"sqlite:///{var}/rows.sqlite3", var, "importing")
        race([Candidate("", partial(run, "load", items))], rounds=0)
        timings = race(
            [
                Candidate(FLOOR, partial(run, "read_and_store", rows, items)),
                Candidate(FIRST_IMPORT, partial(run, "import_file", rows, items)),
                Candidate(SECOND_IMPORT, partial(run, "import_again", rows, items)),
            ],
            rounds=1,
            calls=1,
        )
        tenth_of_rows = race(
            [Candidate("", partial(run, "import_file", rows // TENTH, items))], rounds=1, calls=1
        )[""]
    floor, first_import = timings[FLOOR].median, timings[FIRST_IMPORT]
    lines = [_line(timing, rows, floor) for timing in timings.values()]
    description = f"{rows:,} rows of {items} items in {database}"
    print(f"\n### {description}, at a load of {figure(os.getloadavg()[0])}", flush=True)
    print(table(HEADS, lines), flush=True)
    return [
        Verdict(
            f"{description}: {wanted:,} rows a second, of what was reached",
            wanted * first_import.median / rows,
            1,
        ),
        Verdict(
            f"{description}: longest transaction, of {LONGEST_SECONDS} s",
            first_import.result[0] / LONGEST_SECONDS,
            1,
        ),
        Verdict(
            f"{description}: memory, of that for a tenth of the rows",
            first_import.peak / tenth_of_rows.peak,
            MOST_GROWTH,
        ),
    ]


def _line(timing: Timing, rows: int, floor: float) -> tuple[str, ...]:
    longest, processor = timing.result
    speed, ratio = f"{rows / timing.median:,.0f}", f"{figure(timing.median / floor)}x"
    longest_milliseconds = figure(1000 * longest) if longest else ""
    return timing.name, speed, ratio, figure(processor), longest_milliseconds, figure(timing.peak / MEGABYTE)
