"""Benchmark of one cut of the explorer, with the product's code, compared with engines that only compute sums. The
cut has 40 shares by six dimensions and in total, weighted and unweighted, with intervals and marks.

F1 keeps about a tenth of the respondents by two dimensions, F2 keeps all, F4 keeps those who gave one answer. F5 has
no competitors: it filters five dimensions and groups by the sixth, so that no smaller table can serve it.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import oracle, product
from benchmarks.protocol import MEGABYTE, Candidate, Timing, race, times
from benchmarks.report import Verdict, figure, table
from benchmarks.rivals import in_duckdb, in_pandas, in_polars, in_postgresql
from tests.on_postgresql import postgresql

ORACLE_SIZE, LARGE = 2_000, 1_000_000
PRODUCT = "Posture"
DESCRIPTIONS = {
    "F1": "industry in 3 of 12 and size from the third band on",
    "F2": "no filter",
    "F4": "those who said no to q07",
}
FASTER_THAN = {"F1": {"DuckDB": 20, "Polars": 10}, "F2": {"DuckDB": 20, "Polars": 10}, "F4": {"Polars": 2}}


def main(sizes: Sequence[int]) -> list[Verdict]:
    check_with_the_oracle()
    verdicts: list[Verdict] = []
    medians: dict[tuple[str, int], float] = {}
    for size in sizes:
        with prepared(size) as (folder, url):
            for query, description in DESCRIPTIONS.items():
                print(f"\n### {query}, {description}: {size:,} respondents", flush=True)
                timings = race(candidates(folder, url, query), compare=check_same_sums)
                print(times(timings, baseline=PRODUCT), flush=True)
                medians[query, size] = timings[PRODUCT].median
                verdicts += rival_verdicts(timings, query, size)
            print(f"\n### The cube itself: {size:,} respondents", flush=True)
            cube_timings = race(product_candidates(folder))
            print(times(cube_timings, baseline="F2, sums only"), flush=True)
            verdicts += cube_verdicts(cube_timings) if size >= LARGE else []
    print(growth(medians, sizes), flush=True)
    return verdicts


def check_with_the_oracle() -> None:
    """Checks at 2,000 respondents that every candidate returns the counts of plain Python."""
    with prepared(ORACLE_SIZE) as (folder, url):
        for query in DESCRIPTIONS:
            reference = Candidate("plain Python", partial(oracle.prepare, folder, query))
            race([reference, *candidates(folder, url, query)], compare=check_same_sums, rounds=0)


@contextmanager
def prepared(size: int) -> Iterator[tuple[Path, str]]:
    """Writes and loads the data in processes that end, so that the memory of this process stays small."""
    with tempfile.TemporaryDirectory() as folder, postgresql() as url:
        path = Path(folder)
        writing = race([Candidate("", partial(product.prepare_store, path, size))], rounds=0)[""]
        cells, smaller, stored = writing.result
        print(
            f"\n{size:,} respondents: {cells:,} tuples of segments, {smaller:,} in smaller tables, "
            f"sums of {figure(stored / MEGABYTE)} MB; written with {figure(writing.peak / MEGABYTE)} MB of memory",
            flush=True,
        )
        race([Candidate("", partial(in_postgresql.load, url, path))], rounds=0)
        yield path, url


def candidates(folder: Path, url: str, query: str) -> list[Candidate]:
    return [
        Candidate(PRODUCT, partial(product.prepare_cut, folder, query)),
        Candidate("Polars", partial(in_polars.prepare, folder, query)),
        Candidate("DuckDB", partial(in_duckdb.prepare, folder, query)),
        Candidate("pandas", partial(in_pandas.prepare, folder, query)),
        Candidate("PostgreSQL", partial(in_postgresql.prepare, url, query)),
    ]


def check_same_sums(first: np.ndarray, other: np.ndarray) -> None:
    np.testing.assert_allclose(other, first, rtol=1e-9, atol=1e-9)


def product_candidates(folder: Path) -> list[Candidate]:
    return [
        *(
            Candidate(f"{query}, sums only", partial(product.prepare_sums, folder, query))
            for query in ("F1", "F2", "F5")
        ),
        *(
            Candidate(f"{query}, whole cut", partial(product.prepare_cut, folder, query))
            for query in ("F2", "F5")
        ),
        Candidate("F2, whole cut and p-values", partial(product.prepare_p_values, folder, "F2")),
        Candidate("building the cube", partial(product.prepare_build, folder)),
        Candidate("1,000 more", partial(product.prepare_append, folder)),
        Candidate("floor: read the cube once", partial(product.prepare_read_cube, folder)),
        Candidate("floor: read the table once", partial(product.prepare_read_table, folder)),
    ]


def rival_verdicts(timings: dict[str, Timing], query: str, size: int) -> list[Verdict]:
    return [
        Verdict(
            f"{query} at {size:,}, of the time of {rival}", ratio(timings, PRODUCT, rival), 1 / times_faster
        )
        for rival, times_faster in FASTER_THAN[query].items()
    ]


def cube_verdicts(cube_timings: dict[str, Timing]) -> list[Verdict]:
    return [
        Verdict(
            "1,000 more at 1,000,000, of building the cube",
            ratio(cube_timings, "1,000 more", "building the cube"),
            0.01,
        ),
        Verdict(
            "F5 at 1,000,000, whole cut of its sums",
            ratio(cube_timings, "F5, whole cut", "F5, sums only"),
            1.5,
        ),
    ]


def ratio(timings: dict[str, Timing], first: str, second: str) -> float:
    return timings[first].median / timings[second].median


def growth(medians: dict[tuple[str, int], float], sizes: Sequence[int]) -> str:
    rows = [
        (query, *(f"{figure(medians[query, size] / medians[query, sizes[0]])}x" for size in sizes))
        for query in DESCRIPTIONS
    ]
    return "\n### Growth of Posture's time\n" + table(("", *(f"{size:,}" for size in sizes)), rows)
