"""Rows of a release, stored or about to be, set against published figures."""

from collections.abc import Iterable, Mapping
from typing import Any

from posture.analysis.comparison import Comparison, Published, compare_share, taken_together
from posture.indicators import Indicator, Link
from posture.models import Benchmark

Verdicts = dict[tuple[str, str], Comparison]


def published_of(benchmark: Benchmark) -> Published:
    """The last printed place is known within half a unit."""
    return Published(
        share=float(benchmark.value) / 100,
        base=benchmark.n,
        rounding=0.5 * 10**-benchmark.decimals / 100,
        at_most=benchmark.relation == "at_most",
        is_mean=benchmark.unit == "mean_percent",
        is_disputed=benchmark.disputed,
    )


def linked(indicators: Iterable[Indicator]) -> set[str]:
    """Codes of all published figures that these indicators are set against."""
    return {link.benchmark for one in indicators for link in one.benchmarks}


def statistic_of(indicator: Indicator) -> str:
    """The statistic under which a release holds the indicator."""
    return "mean" if indicator.statistic == "mean" else "share"


def verdicts(
    rows: Mapping[str, Any], indicators: Iterable[Indicator], benchmarks: Mapping[str, Benchmark]
) -> Verdicts:
    """All comparisons of one cohort, by indicator and benchmark: they are corrected together, so one needs them all.
    `rows`: by indicator, those that the release has."""
    links = [(one.code, link) for one in indicators if one.code in rows for link in one.benchmarks]
    found = taken_together([_compared(rows[code], benchmarks[link.benchmark], link) for code, link in links])
    keys = [(code, link.benchmark) for code, link in links]
    return dict(zip(keys, found, strict=True))


def _compared(row: Any, benchmark: Benchmark, link: Link) -> Comparison:
    """A weighted share is worth as many organisations as its effective base says."""
    if row.value is None or row.base is None:
        return Comparison("withheld")
    share = row.value / 100 if row.unit == "percent" else row.value
    base = row.base if row.effective_base is None else row.effective_base
    return compare_share(share * base, base, published_of(benchmark), link.closeness, level=row.level)
