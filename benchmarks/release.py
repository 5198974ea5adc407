"""Benchmark of the processor time of a release on SQLite, from the raw answers to the stored rows and the pack. It
prints the time of each step, and the minimum for reading the answers and writing the rows. Suppression alone is
measured for up to a million organisations."""

import tempfile
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from benchmarks import suppressing
from benchmarks.frame import in_product
from benchmarks.protocol import MEGABYTE, Candidate, race
from benchmarks.report import Verdict, figure, table

STEPS = ("reading", "sums", "suppression", "ranges", "estimates", "audit", "pack", "writing")
HEADS = ("release", "rows", "rounds", "CPU s", "least, CPU s", "peak MB", *(f"{step}, %" for step in STEPS))
SUPPRESSED = (10_000, 100_000, 1_000_000)


class Size(NamedTuple):
    """items: 0 for the shipped questionnaire. allowed: seconds; None if there is no target."""

    name: str
    organizations: int
    items: int
    allowed: float | None


SIZES = (
    Size("120 organisations", 120, 0, None),
    Size("1,000 organisations", 1_000, 0, 6),
    Size("10,000 organisations", 10_000, 0, 20),
    Size("10,000 organisations, 100 items, three crossed cuts", 10_000, 100, 60),
)


def main(sizes: Sequence[int]) -> list[Verdict]:
    print("\n### A release, and how its time is divided", flush=True)
    rows, verdicts = [], []
    for size in SIZES:
        cells, seconds = measured(size)
        rows.append(cells)
        if size.allowed is not None:
            verdicts.append(Verdict(f"a release of {size.name}, CPU s", seconds, size.allowed))
    print(table(HEADS, rows), flush=True)
    print("\n### Suppression alone: 50 items, all cohorts and three crossed cuts", flush=True)
    print(
        table(
            ("organisations", "groups told apart", "cells", "withheld", "CPU s"), map(suppressed, SUPPRESSED)
        ),
        flush=True,
    )
    return verdicts


def measured(size: Size) -> tuple[tuple[str, ...], float]:
    with tempfile.TemporaryDirectory() as var:
        run = partial(in_product, f"sqlite:///{var}/release.sqlite3", var, "releasing")
        race([Candidate("", partial(run, "load", size.organizations, size.items))], rounds=0)
        release = race([Candidate("", partial(run, "compute"))], rounds=0)[""]
        least = race([Candidate("", partial(run, "compute_least"))], rounds=0)[""]
    count, rounds, by_step = release.result
    seconds = sum(by_step.values())
    shares = [f"{100 * by_step.get(step, 0.0) / seconds:.0f}" for step in STEPS]
    cells = (
        size.name,
        f"{count:,}" if count else "refused",
        str(rounds),
        figure(seconds),
        figure(least.result),
    )
    return (*cells, figure(release.peak / MEGABYTE), *shares), seconds


def suppressed(organizations: int) -> tuple[str, ...]:
    prepare = partial(suppressing.prepare, organizations)
    decided = race([Candidate("", prepare)], rounds=0)[""].result
    return (
        f"{organizations:,}",
        f"{decided.atoms:,}",
        f"{decided.cells:,}",
        f"{decided.withheld:,}",
        figure(decided.seconds),
    )
