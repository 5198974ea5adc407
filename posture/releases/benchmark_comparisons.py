"""Compares rows of a release, stored or not yet stored, with published figures. A table holds the rows of one cohort
by kind, subject, statistic and option."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from posture.analysis.estimates.comparison import (
    Comparison,
    ComparisonOutcome,
    PublishedShare,
    compare_share,
    corrected_for_family,
    over_range,
)
from posture.analysis.estimates.comparison_rows import ComparisonRow
from posture.analysis.estimates.item_bases import HIGHEST, LOWEST, NONRESPONSE
from posture.analysis.estimates.rows import BANDS
from posture.definitions.indicators import BenchmarkLink, Indicator
from posture.models import PublishedFigure

ASSUMED_DEFF = 1.5
Table = Mapping[tuple[str, str, str, str], Any]


def as_published_input(benchmark: PublishedFigure, *, deff: float = 1.0) -> PublishedShare:
    """Returns a published figure as input of a test. The last printed place is known to half a unit. If sources give
    different bases, the smallest counts: a result that holds with it holds with all of them. deff: a design effect to
    assume, because vendors do not publish theirs."""
    base = benchmark.n_smallest or benchmark.n
    return PublishedShare(
        share=float(benchmark.value) / 100,
        base=None if base is None else max(1, int(base / deff)),
        rounding=0.5 * 10**-benchmark.decimals / 100,
        at_most=benchmark.relation == "at_most",
        is_mean=benchmark.unit == "mean_percent",
        is_disputed=benchmark.disputed,
    )


def statistic_of(indicator: Indicator) -> str:
    """Returns the name of the statistic of the indicator in a release."""
    return "mean" if indicator.statistic == "mean" else "share"


def benchmark_comparison_rows(
    rows: Table,
    cohort: str,
    indicators: Iterable[Indicator],
    figures: Mapping[str, PublishedFigure],
    *,
    level: float,
) -> Iterator[ComparisonRow]:
    """Yields all comparisons of one cohort with published figures. They are one family, whose p-values need all of
    them."""
    links = [
        (indicator, link)
        for indicator in indicators
        if indicator_row(rows, indicator) is not None
        for link in indicator.benchmarks
    ]
    comparisons = [
        compare_indicator(rows, indicator, figures[link.benchmark], link) for indicator, link in links
    ]
    family = corrected_for_family(comparisons, level=level)
    size = sum(comparison.p is not None for comparison in family)
    for (indicator, link), comparison in zip(links, family, strict=True):
        interval = comparison.interval
        yield ComparisonRow(
            compared_with="benchmark",
            cohort=cohort,
            subject_kind="indicator",
            subject=indicator.code,
            statistic=statistic_of(indicator),
            level=indicator_row(rows, indicator).level,
            outcome=comparison.outcome,
            correction="BH",
            family_size=size,
            benchmark=link.benchmark,
            closeness=link.closeness,
            caveat=link.caveat,
            unit="share",
            difference=comparison.difference,
            ci_low=interval.low if interval else None,
            ci_high=interval.high if interval else None,
            p_value=comparison.p,
            p_adjusted=comparison.p_adjusted,
            by_less_than_margin=comparison.by_less_than_margin,
            base_is_known=comparison.base_is_known,
            tipping_base=comparison.tipping_base,
            flips=comparison.flips,
            depends_on_design=depends_on_design(
                rows, indicator, figures[link.benchmark], link, comparison.outcome
            ),
        )


def depends_on_design(
    rows: Table,
    indicator: Indicator,
    figure: PublishedFigure,
    link: BenchmarkLink,
    outcome: ComparisonOutcome,
) -> bool:
    """Returns whether an assumed design effect of the published base changes the verdict, because vendors do not
    publish their weighting and clustering. False for outcomes without a verdict and without a published base."""
    if outcome not in ("higher", "lower", "about_the_same") or figure.n is None:
        return False
    return compare_indicator(rows, indicator, figure, link, deff=ASSUMED_DEFF).outcome != outcome


def indicator_row(rows: Table, indicator: Indicator) -> Any:
    """Returns the row of the indicator; None if the release has none."""
    return rows.get(("indicator", indicator.code, statistic_of(indicator), ""))


def has_much_nonresponse(rows: Table, indicator: Indicator) -> bool:
    """Returns whether more than the last limit of the organisations asked left the item open."""
    row = rows.get(("item", indicator.item, NONRESPONSE, ""))
    return row is not None and row.bound == "at_least" and row.value == float(BANDS[-1])


def compare_indicator(
    rows: Table, indicator: Indicator, benchmark: PublishedFigure, link: BenchmarkLink, *, deff: float = 1.0
) -> Comparison:
    """Compares an indicator with a published figure. The base of a weighted share is its effective base. A share
    shown as a range is compared at both ends."""
    row = indicator_row(rows, indicator)
    if row.value is None or row.base is None:
        return Comparison("withheld")
    base = row.base if row.effective_base is None else row.effective_base
    share, possible = (
        _share(row),
        [rows.get(("indicator", indicator.code, name, "")) for name in (LOWEST, HIGHEST)],
    )
    shares = [_share(limit) for limit in possible if limit is not None and limit.value is not None]
    limits = {"": (share,), "at_most": (0.0, share), "at_least": (share, 1.0)}[row.bound]
    at_limits = [
        compare_share(
            limit * base,
            base,
            as_published_input(benchmark, deff=deff),
            link.closeness,
            possible=(shares[0], shares[1]) if len(shares) == 2 else None,
            much_nonresponse=has_much_nonresponse(rows, indicator),
            level=row.level,
        )
        for limit in limits
    ]
    least, most = at_limits[0], at_limits[-1]
    return least if least == most else over_range(least, most)


def _share(row: Any) -> float:
    return float(row.value / 100 if row.unit == "percent" else row.value)
