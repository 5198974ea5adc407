"""Indicators of a release set against their published figures, row by row."""

from dataclasses import dataclass

from posture import figures
from posture.analysis.comparison import Comparison, Published, compare_share, taken_together
from posture.indicators import Indicator, Link
from posture.methods.power import detectable_difference
from posture.models import Benchmark, Estimate
from posture.queries import EstimateTable, benchmarks_by_code
from posture.reports.words import CLOSENESS, arithmetic_words, comparison_words, noticeable_words
from surveys.instrument import Questionnaire


@dataclass(frozen=True)
class Against:
    """One published figure beside ours."""

    benchmark: Benchmark
    closeness: str
    caveat: str
    words: str
    is_like_for_like: bool
    estimate: Estimate
    found: Comparison

    @property
    def arithmetic(self) -> str:
        return arithmetic_words(self.benchmark)

    @property
    def noticeable(self) -> str:
        """How far from the published figure ours would have to lie to be noticed four times out of five."""
        if self.found.p is None and self.found.outcome != "small_base":
            return ""
        published, base = published_of(self.benchmark), float(self.estimate.base or 0)
        return noticeable_words(
            detectable_difference(published.share, base, published.base, direction="below"),
            detectable_difference(published.share, base, published.base, direction="above"),
        )


@dataclass(frozen=True)
class IndicatorRow:
    code: str
    item: str
    label: str
    wording: str
    estimate: Estimate
    value: str
    interval: str
    against: tuple[Against, ...]


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


def compared(estimate: Estimate | None, benchmark: Benchmark, link: Link) -> Comparison:
    if estimate is None or estimate.value is None or estimate.base is None:
        return Comparison("withheld")
    share = estimate.value / 100 if estimate.unit == "percent" else estimate.value
    return compare_share(
        share * estimate.base, estimate.base, published_of(benchmark), link.closeness, level=estimate.level
    )


@dataclass(frozen=True)
class Family:
    """All comparisons of one cohort with published figures: they are corrected together, so one needs them all."""

    estimates: dict[str, Estimate]
    benchmarks: dict[str, Benchmark]
    verdicts: dict[tuple[str, str], Comparison]

    @classmethod
    def of(cls, table: EstimateTable, indicators: tuple[Indicator, ...]) -> "Family":
        benchmarks = benchmarks_by_code(link.benchmark for one in indicators for link in one.benchmarks)
        estimates = {one.code: found for one in indicators if (found := _estimate(table, one)) is not None}
        links = [(one.code, link) for one in indicators if one.code in estimates for link in one.benchmarks]
        verdicts = taken_together(
            [compared(estimates[code], benchmarks[link.benchmark], link) for code, link in links]
        )
        keys = [(code, link.benchmark) for code, link in links]
        return cls(estimates, benchmarks, dict(zip(keys, verdicts, strict=True)))

    def row(self, questionnaire: Questionnaire, indicator: Indicator) -> IndicatorRow:
        """Raises KeyError for an indicator that the release does not have."""
        estimate = self.estimates[indicator.code]
        against = tuple(
            _against(
                estimate,
                self.benchmarks[link.benchmark],
                link,
                self.verdicts[indicator.code, link.benchmark],
            )
            for link in indicator.benchmarks
        )
        return _row(questionnaire, indicator, estimate, against)


def indicator_rows(
    questionnaire: Questionnaire, table: EstimateTable, indicators: tuple[Indicator, ...]
) -> list[IndicatorRow]:
    family = Family.of(table, indicators)
    return [family.row(questionnaire, one) for one in indicators if one.code in family.estimates]


def _estimate(table: EstimateTable, indicator: Indicator) -> Estimate | None:
    return table.row("indicator", indicator.code, "mean" if indicator.statistic == "mean" else "share")


def _against(estimate: Estimate, benchmark: Benchmark, link: Link, found: Comparison) -> Against:
    return Against(
        benchmark,
        CLOSENESS[link.closeness],
        link.caveat,
        comparison_words(found, benchmark),
        found.outcome not in ("withheld", "not_like_for_like"),
        estimate,
        found,
    )


def _row(
    questionnaire: Questionnaire, indicator: Indicator, estimate: Estimate, against: tuple[Against, ...]
) -> IndicatorRow:
    return IndicatorRow(
        code=indicator.code,
        item=indicator.item,
        label=indicator.label,
        wording=questionnaire.item(indicator.item).wording,
        estimate=estimate,
        value=figures.figure(estimate.value, estimate.unit)
        if estimate.value is not None
        else figures.WITHHELD,
        interval=figures.interval(estimate.ci_low, estimate.ci_high, estimate.unit),
        against=against,
    )
