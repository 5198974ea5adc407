"""Indicators of a release with their comparisons with published figures, as rows of a page."""

from dataclasses import dataclass

from posture.charts.strips import PERCENT, Strip, published_strip
from posture.definitions.indicators import Indicator
from posture.methods.power import detectable_difference
from posture.models import Comparison, Estimate, QuotedBenchmark
from posture.releases.benchmark_comparisons import ASSUMED_DEFF, as_published_input, indicator_row
from posture.releases.queries import ComparisonTable, EstimateTable
from posture.reports.bases import OtherBase, is_left_open, other_base, possible_values, possible_values_of_all
from posture.reports.values import Value
from posture.reports.wording import (
    CLOSENESS,
    SHORT_VERDICTS,
    arithmetic_text,
    detectable_difference_text,
    verdict_text,
)
from surveys.instrument.questionnaire_definition import Questionnaire


@dataclass(frozen=True)
class BenchmarkComparisonView:
    """One published figure compared with the indicator, as the release quotes it."""

    benchmark: QuotedBenchmark
    comparison: Comparison
    estimate: Estimate

    @property
    def closeness(self) -> str:
        return str(CLOSENESS[self.comparison.closeness])

    @property
    def caveat(self) -> str:
        return self.comparison.caveat

    @property
    def publisher(self) -> str:
        """Returns the name of the publisher without its business and its partners."""
        return self.benchmark.publisher.partition(" (")[0].partition(",")[0]

    @property
    def verdict(self) -> str:
        """Returns the outcome in a few words; `verdict_text` has its conditions."""
        return str(SHORT_VERDICTS[self.comparison.outcome])

    @property
    def verdict_text(self) -> str:
        return verdict_text(self.comparison)

    @property
    def sensitivity_text(self) -> str:
        """Returns how the verdict depends on data that the publisher does not publish."""
        if not self.comparison.depends_on_design:
            return ""
        return f"Not if the publisher's sample has a design effect of {ASSUMED_DEFF:g}."

    @property
    def arithmetic_text(self) -> str:
        return arithmetic_text(self.benchmark)

    @property
    def detectable_text(self) -> str:
        """Returns the smallest difference from the published figure that would be noticed four times out of five."""
        if self.comparison.p_value is None and self.comparison.reason not in ("small_base", "told_as_range"):
            return ""
        published, base = as_published_input(self.benchmark), float(self.estimate.base or 0)
        return detectable_difference_text(
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
    possible_values: tuple[Value, Value] | None
    possible_values_of_all: tuple[Value, Value] | None
    comparisons: tuple[BenchmarkComparisonView, ...]

    @property
    def strip(self) -> Strip | None:
        """Returns the drawing of a percentage beside the published ones; None for other units."""
        if self.estimate.unit not in ("share", "percent"):
            return None
        published = [
            (float(compared.benchmark.value), compared.comparison.closeness != "loose")
            for compared in self.comparisons
            if compared.benchmark.unit == "percent"
        ]
        return published_strip(self.value.dot, published, PERCENT)


def indicator_rows(
    questionnaire: Questionnaire,
    table: EstimateTable,
    comparisons: ComparisonTable,
    indicators: tuple[Indicator, ...],
) -> list[IndicatorRow]:
    """Returns the rows of the indicators that the release has."""
    rows = [(indicator, indicator_row(table.rows, indicator)) for indicator in indicators]
    return [
        _row(questionnaire, table, indicator, estimate, benchmark_comparison_views(estimate, comparisons))
        for indicator, estimate in rows
        if estimate is not None
    ]


def benchmark_comparison_views(
    estimate: Estimate, comparisons: ComparisonTable
) -> tuple[BenchmarkComparisonView, ...]:
    """Returns the comparisons of an indicator with published figures."""
    rows = comparisons.of("benchmark", estimate.subject_kind, estimate.subject)
    return tuple(
        BenchmarkComparisonView(row.benchmark, row, estimate) for row in rows if row.benchmark is not None
    )


def _row(
    questionnaire: Questionnaire,
    table: EstimateTable,
    indicator: Indicator,
    estimate: Estimate,
    comparisons: tuple[BenchmarkComparisonView, ...],
) -> IndicatorRow:
    return IndicatorRow(
        code=indicator.code,
        item=indicator.item,
        label=indicator.label,
        wording=questionnaire.item(indicator.item).wording,
        estimate=estimate,
        value=Value.of(estimate, is_left_open=is_left_open(table, indicator.item)),
        other_base=other_base(indicator.code, table),
        possible_values=possible_values(indicator.code, table),
        possible_values_of_all=possible_values_of_all(indicator.code, table),
        comparisons=comparisons,
    )
