"""Rows of a release, stored or about to be, set against published figures. A table holds the rows of one cohort by
kind, subject, statistic and option."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from posture.analysis.estimates.comparison import (
    Comparison,
    Outcome,
    Published,
    compare_share,
    over_range,
    taken_together,
)
from posture.analysis.estimates.comparison_rows import ComparisonRow
from posture.analysis.estimates.item_bases import HIGHEST, LOWEST, NONRESPONSE
from posture.analysis.estimates.rows import BANDS
from posture.definitions.indicators import Indicator, Link
from posture.models import PublishedFigure

ASSUMED_DEFF = 1.5
Table = Mapping[tuple[str, str, str, str], Any]


def published_of(benchmark: PublishedFigure, *, deff: float = 1.0) -> Published:
    """The last printed place is known within half a unit. Where accounts give different bases the smallest counts:
    what holds with it holds with all of them. deff: a design effect to assume, because vendors do not tell theirs."""
    base = benchmark.n_smallest or benchmark.n
    return Published(
        share=float(benchmark.value) / 100,
        base=None if base is None else max(1, int(base / deff)),
        rounding=0.5 * 10**-benchmark.decimals / 100,
        at_most=benchmark.relation == "at_most",
        is_mean=benchmark.unit == "mean_percent",
        is_disputed=benchmark.disputed,
    )


def statistic_of(indicator: Indicator) -> str:
    """The statistic under which a release holds the indicator."""
    return "mean" if indicator.statistic == "mean" else "share"


def against_benchmarks(
    rows: Table,
    cohort: str,
    indicators: Iterable[Indicator],
    figures: Mapping[str, PublishedFigure],
    *,
    level: float,
) -> Iterator[ComparisonRow]:
    """All comparisons of one cohort with published figures: they are corrected together, so one needs them all."""
    links = [(one, link) for one in indicators if own(rows, one) is not None for link in one.benchmarks]
    compared_ones = [compared(rows, one, figures[link.benchmark], link) for one, link in links]
    family = taken_together(compared_ones, level=level)
    size = sum(one.p is not None for one in family)
    for (indicator, link), found in zip(links, family, strict=True):
        low, high = (found.interval.low, found.interval.high) if found.interval else (None, None)
        yield ComparisonRow(
            compared_with="benchmark",
            cohort=cohort,
            subject_kind="indicator",
            subject=indicator.code,
            statistic=statistic_of(indicator),
            level=own(rows, indicator).level,
            outcome=found.outcome,
            correction="BH",
            family_size=size,
            benchmark=link.benchmark,
            closeness=link.closeness,
            caveat=link.caveat,
            unit="share",
            difference=found.difference,
            ci_low=low,
            ci_high=high,
            p_value=found.p,
            p_adjusted=found.p_adjusted,
            by_less_than_margin=found.by_less_than_margin,
            base_is_known=found.base_is_known,
            tipping_base=found.tipping_base,
            flips=found.flips,
            depends_on_design=depends_on_design(
                rows, indicator, figures[link.benchmark], link, found.outcome
            ),
        )


def depends_on_design(
    rows: Table, indicator: Indicator, figure: PublishedFigure, link: Link, outcome: Outcome
) -> bool:
    """Vendors weight and cluster in ways they do not tell, so a design effect of their base is assumed. Of verdicts
    only, and where the base is published."""
    if outcome not in ("higher", "lower", "about_the_same") or figure.n is None:
        return False
    return compared(rows, indicator, figure, link, deff=ASSUMED_DEFF).outcome != outcome


def own(rows: Table, indicator: Indicator) -> Any:
    """The row of the indicator itself; None where the release has none."""
    return rows.get(("indicator", indicator.code, statistic_of(indicator), ""))


def much_nonresponse(rows: Table, indicator: Indicator) -> bool:
    """More than the last limit of those who were asked left the item open."""
    row = rows.get(("item", indicator.item, NONRESPONSE, ""))
    return row is not None and row.bound == "at_least" and row.value == float(BANDS[-1])


def compared(
    rows: Table, indicator: Indicator, benchmark: PublishedFigure, link: Link, *, deff: float = 1.0
) -> Comparison:
    """A weighted share is worth as many organisations as its effective base says. One that is told as a range is
    compared at both of its ends."""
    row = own(rows, indicator)
    if row.value is None or row.base is None:
        return Comparison("withheld")
    base = row.base if row.effective_base is None else row.effective_base
    share, possible = (
        _share(row),
        [rows.get(("indicator", indicator.code, name, "")) for name in (LOWEST, HIGHEST)],
    )
    shares = [_share(end) for end in possible if end is not None and end.value is not None]
    ends = {"": (share, share), "at_most": (0.0, share), "at_least": (share, 1.0)}[row.bound]
    least, most = (
        compare_share(
            end * base,
            base,
            published_of(benchmark, deff=deff),
            link.closeness,
            possible=(shares[0], shares[1]) if len(shares) == 2 else None,
            much_nonresponse=much_nonresponse(rows, indicator),
            level=row.level,
        )
        for end in ends
    )
    return least if least == most else over_range(least, most)


def _share(row: Any) -> float:
    return float(row.value / 100 if row.unit == "percent" else row.value)
