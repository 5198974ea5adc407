"""Benchmark of building the explorer's cube from rows of answers, on PostgreSQL and SQLite, compared with the raw
driver that reads the same rows. Also of adding a thousand new responses to a million counted ones.

`make bench` loads no sizes above 100,000, because writing tens of millions of rows takes longer than all other steps;
`python -m benchmarks.frame 1000000` does. Otherwise the time of a build at a million is estimated as ten builds at
100,000, and the table says so. For the new responses a million respondents are loaded, most of them without answers:
only those of new organisations are read.
"""

import importlib
import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import django
from django.core.management import call_command

from benchmarks.protocol import MEGABYTE, Call, Candidate, race, times
from benchmarks.report import Verdict, figure
from surveys.tenancy.organization_scope import for_all_organizations
from tests.on_postgresql import postgresql

DRIVER, COLUMNS, BUILD = "raw driver", "columns", "frame and cube, stored"
LARGEST_LOADED, LARGE, NEW, ANSWERED = 100_000, 1_000_000, 1_000, 10_000
TIMES_THE_DRIVER, SHARE_OF_A_BUILD = 3, 0.01
ROUNDS = 3


def main(sizes: Sequence[int]) -> list[Verdict]:
    loaded = sorted({min(size, LARGEST_LOADED) for size in sizes})
    verdicts, seconds = builds(loaded)
    return verdicts + (new_responses(seconds) if max(sizes) >= LARGE else [])


def builds(sizes: Sequence[int]) -> tuple[list[Verdict], dict[str, float]]:
    """Returns the verdicts, and by database the seconds of a build at a million, estimated from the largest size."""
    verdicts: list[Verdict] = []
    seconds: dict[str, float] = {}
    for size in sizes:
        for database, url in databases():
            with tempfile.TemporaryDirectory() as var:
                run = partial(in_product, url or f"sqlite:///{var}/rows.sqlite3", var, "candidates")
                race([Candidate("", partial(run, "load", size, size))], rounds=0)
                print(f"\n### Rows of {size:,} respondents in {database}", flush=True)
                timings = race(
                    [
                        Candidate(DRIVER, partial(run, "read_by_the_driver")),
                        Candidate(COLUMNS, partial(run, "read_into_columns")),
                        Candidate(BUILD, partial(run, "build")),
                    ],
                    compare=same,
                    rounds=ROUNDS,
                    calls=1,
                )
                print(times(timings, baseline=DRIVER), flush=True)
                stored = sum(path.stat().st_size for path in Path(var, "frames").rglob("*.npy"))
                print(f"Stored: {figure(stored / MEGABYTE)} MB.", flush=True)
            ratio = timings[BUILD].median / timings[DRIVER].median
            target = f"frame and cube from {size:,} respondents in {database}, of the raw driver's time"
            verdicts.append(Verdict(target, ratio, TIMES_THE_DRIVER))
            seconds[database] = timings[BUILD].median * LARGE / size
    return verdicts, seconds


def new_responses(seconds: dict[str, float]) -> list[Verdict]:
    verdicts = []
    for database, url in databases():
        with tempfile.TemporaryDirectory() as var:
            run = partial(in_product, url or f"sqlite:///{var}/rows.sqlite3", var, "candidates")
            for step in (("load", LARGE, ANSWERED), ("build",), ("load_later", NEW, LARGE)):
                race([Candidate("", partial(run, *step))], rounds=0)
            print(f"\n### {NEW:,} new responses at {LARGE:,} in {database}", flush=True)
            timing = race([Candidate("taken in", partial(run, "append"))], compare=appended)["taken in"]
            print(times({"taken in": timing}, baseline="taken in"), flush=True)
            print(f"A build of everything is taken to be {figure(seconds[database])} s.", flush=True)
        target = f"{NEW:,} new responses at {LARGE:,} in {database}, of a build (reckoned)"
        verdicts.append(Verdict(target, timing.median / seconds[database], SHARE_OF_A_BUILD))
    return verdicts


def databases() -> Iterator[tuple[str, str]]:
    """Yields name and URL; the URL of SQLite is empty, because each measurement has a file of its own."""
    with postgresql() as url:
        yield "PostgreSQL", url
    yield "SQLite", ""


def in_product(url: str, var: str, module: str, name: str, *arguments: int) -> Call:
    """Calls a function of `benchmarks.rows` in a process that configures Django first."""
    os.environ |= {
        "POSTURE_EMBEDDED": "1",
        "POSTURE_VAR": var,
        "SECRET_KEY": secrets.token_urlsafe(64),
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "posture.settings",
        "LOG_LEVEL": "WARNING",
    }
    django.setup()
    if name == "load":
        for_all_organizations(call_command)("migrate", verbosity=0)
    make: Callable[..., Call] = getattr(importlib.import_module(f"benchmarks.rows.{module}"), name)
    return for_all_organizations(for_all_organizations(make)(*arguments))


def same(first: int, other: int) -> None:
    if first != other:
        raise ValueError(f"{first} answers and {other}")


def appended(_: str, outcome: str) -> None:
    if outcome != "appended":
        raise ValueError(outcome)


if __name__ == "__main__":
    builds([int(size) for size in sys.argv[1:]])
