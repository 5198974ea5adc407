"""Computing, auditing and storing a release of all standard cuts, and recomputing it, at 100, 1,000 and 10,000
organisations with three respondents each, on SQLite."""

import tempfile
from collections.abc import Sequence
from functools import partial

from benchmarks.frame import in_product
from benchmarks.protocol import MEGABYTE, Candidate, race
from benchmarks.report import Verdict, figure, table

ORGANIZATIONS = (100, 1_000, 10_000)
HEADS = ("organisations", "rows", "computed, audited and stored, s", "recomputed, s", "peak MB")


def main(sizes: Sequence[int]) -> list[Verdict]:
    """No target is set, so there is nothing to hold it to."""
    rows = []
    for organizations in ORGANIZATIONS:
        with tempfile.TemporaryDirectory() as var:
            run = partial(in_product, f"sqlite:///{var}/release.sqlite3", var, "releasing")
            race([Candidate("", partial(run, "load", organizations))], rounds=0)
            release = race([Candidate("", partial(run, "compute"))], rounds=1, calls=1)[""]
            again = race([Candidate("", partial(run, "compute_again"))], rounds=1, calls=1)[""]
        peak = max(release.peak, again.peak) / MEGABYTE
        rows.append(
            (
                f"{organizations:,}",
                f"{release.result:,}",
                figure(release.median),
                figure(again.median),
                figure(peak),
            )
        )
    print("\n### A release of all standard cuts", flush=True)
    print(table(HEADS, rows), flush=True)
    return []
