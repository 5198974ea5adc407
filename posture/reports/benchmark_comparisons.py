"""Indicators of a release set against their published figures, row by row."""

from dataclasses import dataclass

from posture.analysis.estimates.comparison import Comparison
from posture.definitions.indicators import Indicator, Link
from posture.methods.power import detectable_difference
from posture.models import Benchmark, Estimate
from posture.releases.benchmark_comparisons import Verdicts, compared, linked, own, published_of, verdicts
from posture.releases.queries import EstimateTable, benchmarks_by_code
from posture.reports.bases import OtherBase, left_open, other_base, possible_values, possible_values_of_all
from posture.reports.values import Value
from posture.reports.wording import CLOSENESS, arithmetic_words, comparison_words, noticeable_words
from surveys.instrument.questionnaire_definition import Questionnaire

ASSUMED_DEFF = 1.5


@dataclass(frozen=True)
class Against:
    """One published figure beside ours. sensitivity: where the verdict hangs on what the publisher does not tell."""

    benchmark: Benchmark
    closeness: str
    caveat: str
    words: str
    is_like_for_like: bool
    estimate: Estimate
    found: Comparison
    sensitivity: str = ""

    @property
    def arithmetic(self) -> str:
        return arithmetic_words(self.benchmark)

    @property
    def noticeable(self) -> str:
        """How far from the published figure ours would have to lie to be noticed four times out of five."""
        if self.found.p is None and self.found.outcome not in ("small_base", "told_as_range"):
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
    value: Value
    other_base: OtherBase | None
    possible: tuple[Value, Value] | None
    possible_of_all: tuple[Value, Value] | None
    against: tuple[Against, ...]


@dataclass(frozen=True)
class Family:
    """The comparisons of one cohort with published figures."""

    table: EstimateTable
    estimates: dict[str, Estimate]
    benchmarks: dict[str, Benchmark]
    verdicts: Verdicts

    @classmethod
    def of(cls, table: EstimateTable, indicators: tuple[Indicator, ...]) -> "Family":
        benchmarks = benchmarks_by_code(linked(indicators))
        estimates = {one.code: found for one in indicators if (found := own(table.rows, one)) is not None}
        return cls(table, estimates, benchmarks, verdicts(table.rows, indicators, benchmarks))

    def row(self, questionnaire: Questionnaire, indicator: Indicator) -> IndicatorRow:
        """Raises KeyError for an indicator that the release does not have."""
        estimate = self.estimates[indicator.code]
        against = tuple(
            _against(
                estimate,
                self.benchmarks[link.benchmark],
                link,
                self.verdicts[indicator.code, link.benchmark],
                self.sensitivity(indicator, link),
            )
            for link in indicator.benchmarks
        )
        return _row(questionnaire, self.table, indicator, estimate, against)

    def sensitivity(self, indicator: Indicator, link: Link) -> str:
        """Vendors weight and cluster in ways they do not tell, so a design effect of their base is assumed."""
        benchmark, found = self.benchmarks[link.benchmark], self.verdicts[indicator.code, link.benchmark]
        if found.outcome not in ("higher", "lower", "about_the_same") or benchmark.n is None:
            return ""
        assumed = compared(self.table.rows, indicator, benchmark, link, deff=ASSUMED_DEFF)
        if assumed.outcome == found.outcome:
            return ""
        return f"Not if the publisher's sample has a design effect of {ASSUMED_DEFF:g}."


def indicator_rows(
    questionnaire: Questionnaire, table: EstimateTable, indicators: tuple[Indicator, ...]
) -> list[IndicatorRow]:
    family = Family.of(table, indicators)
    return [family.row(questionnaire, one) for one in indicators if one.code in family.estimates]


def _against(
    estimate: Estimate, benchmark: Benchmark, link: Link, found: Comparison, sensitivity: str
) -> Against:
    return Against(
        benchmark,
        CLOSENESS[link.closeness],
        link.caveat,
        comparison_words(found, benchmark),
        found.outcome not in ("withheld", "not_like_for_like"),
        estimate,
        found,
        sensitivity,
    )


def _row(
    questionnaire: Questionnaire,
    table: EstimateTable,
    indicator: Indicator,
    estimate: Estimate,
    against: tuple[Against, ...],
) -> IndicatorRow:
    return IndicatorRow(
        code=indicator.code,
        item=indicator.item,
        label=indicator.label,
        wording=questionnaire.item(indicator.item).wording,
        estimate=estimate,
        value=Value.of(estimate, is_left_open=left_open(table, indicator.item)),
        other_base=other_base(indicator.code, table),
        possible=possible_values(indicator.code, table),
        possible_of_all=possible_values_of_all(indicator.code, table),
        against=against,
    )
