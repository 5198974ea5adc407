"""The pairs of a release or of one organisation, prepared for display."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from posture.charts.dumbbell import BenchmarkMark
from posture.definitions.indicators import Indicator
from posture.models import PublishedFigure
from posture.releases.queries import EstimateTable
from posture.reports.bases import is_left_open
from posture.reports.medians import Medians, medians_of
from posture.reports.values import Value
from posture.reports.wording import NO_DIRECTION_TYPES, TYPES, benchmark_value
from posture.stored_definitions import catalogue
from surveys.instrument.questionnaire_definition import Item, Pair, Questionnaire

AXES = {"percent": "agents", "ordinal_time": "bands"}
ORGANIZATIONS = "organizations"
Benchmarks = Mapping[str, PublishedFigure]
TYPE_NAMES = ("over", "aligned", "under", "no_evidence")


@dataclass(frozen=True)
class PublishedMark:
    """A published figure on the same axis as the belief or the evidence of the pair."""

    benchmark: PublishedFigure
    side: str
    is_close: bool
    mark: BenchmarkMark


@dataclass(frozen=True)
class PairView:
    pair: Pair
    section: str
    belief_item: Item
    evidence_item: Item
    belief: Value
    evidence: Value
    gap: Value
    over: Value
    under: Value
    types: dict[str, Value]
    belief_dont_know: Value
    evidence_dont_know: Value
    estimated: Value
    single_informant: Value
    weak: Value | None
    medians: Medians | None
    marks: tuple[PublishedMark, ...]
    related_benchmarks: tuple[PublishedFigure, ...]

    @property
    def axis(self) -> str:
        return AXES.get(self.pair.gap, ORGANIZATIONS)

    @property
    def type_names(self) -> dict[str, str]:
        types = NO_DIRECTION_TYPES if self.pair.direction == "none" else TYPES
        return {code: str(name) for code, name in types.items()}

    @property
    def typical(self) -> tuple[Value, Value]:
        """Returns belief and evidence as readers understand them: of durations the medians, otherwise the means."""
        if self.medians is not None:
            return self.medians.belief, self.medians.evidence
        return self.belief, self.evidence

    @property
    def sort_key(self) -> float:
        return -(self.gap.dot.value if self.gap.dot else -1000)


def pair_views(questionnaire: Questionnaire, table: EstimateTable, benchmarks: Benchmarks) -> list[PairView]:
    """Returns the pairs. benchmarks: by code, as the release of the table quotes them."""
    indicators = catalogue.indicators_of(questionnaire.slug)
    return [_view(questionnaire, pair, table, indicators, benchmarks) for pair in questionnaire.core_pairs]


def _view(
    questionnaire: Questionnaire,
    pair: Pair,
    table: EstimateTable,
    indicators: tuple[Indicator, ...],
    benchmarks: Benchmarks,
) -> PairView:
    belief_item, evidence_item = questionnaire.item(pair.belief), questionnaire.item(pair.evidence)
    is_level = pair.gap == "ordinal_time"
    marks = pair_marks(pair, indicators, benchmarks)
    drawn_codes = {published.benchmark.code for published in marks}
    linked = dict.fromkeys(
        link.benchmark for item in (belief_item, evidence_item) for link in item.benchmarks
    )

    is_open = {item.code: is_left_open(table, item.code) for item in (belief_item, evidence_item)}

    def value(
        statistic: str,
        name: str = "",
        *,
        level: bool = False,
        items: tuple[Item, ...] = (belief_item, evidence_item),
    ) -> Value:
        row, left_open = table.row("pair", pair.code, statistic), any(is_open[item.code] for item in items)
        return Value.of(row, is_level=level, name=name, is_left_open=left_open)

    return PairView(
        pair=pair,
        section=belief_item.section,
        belief_item=belief_item,
        evidence_item=evidence_item,
        belief=value("belief", _("Belief"), level=is_level, items=(belief_item,)),
        evidence=value("evidence", _("Evidence"), level=is_level, items=(evidence_item,)),
        gap=value("gap", _("Gap")),
        over=value("gap_over"),
        under=value("gap_under"),
        types={name: value(name) for name in TYPE_NAMES},
        belief_dont_know=value("belief_dont_know"),
        evidence_dont_know=value("evidence_dont_know"),
        estimated=value("evidence_estimated"),
        single_informant=value("single_informant_gap"),
        weak=value("weak_evidence") if pair.read_with else None,
        medians=medians_of(questionnaire, pair, table) if is_level else None,
        marks=marks,
        related_benchmarks=tuple(
            benchmarks[code] for code in linked if code in benchmarks and code not in drawn_codes
        ),
    )


def pair_marks(
    pair: Pair, indicators: tuple[Indicator, ...], benchmarks: Benchmarks
) -> tuple[PublishedMark, ...]:
    """Returns published figures with the same statistic as the belief or the evidence of the pair. Figures that count
    something else, or the opposite, are excluded from the axis, however close their subject."""
    marks: dict[str, PublishedMark] = {}
    for side, item, counts_as_yes in (
        ("belief", pair.belief, pair.belief_yes),
        ("evidence", pair.evidence, pair.evidence_yes),
    ):
        for indicator in indicators:
            if indicator.item != item or not _is_same_statistic(pair, indicator, counts_as_yes):
                continue
            for link in indicator.benchmarks:
                benchmark = benchmarks.get(link.benchmark)
                if benchmark is not None and not benchmark.disputed and benchmark.code not in marks:
                    marks[benchmark.code] = _mark(benchmark, side, is_close=link.closeness == "close")
    return tuple(marks.values())


def _is_same_statistic(pair: Pair, indicator: Indicator, counts_as_yes: tuple[str, ...]) -> bool:
    if pair.gap == "percent":
        return indicator.statistic == "mean"
    return indicator.statistic == "share" and set(indicator.counts) == set(counts_as_yes)


def _mark(benchmark: PublishedFigure, side: str, *, is_close: bool) -> PublishedMark:
    closeness = _("close") if is_close else _("not like for like")
    text = f"{benchmark_value(benchmark)} {benchmark.publisher}: {benchmark.wording[:90]} ({closeness})"
    mark = BenchmarkMark(float(benchmark.value), text, is_close, benchmark.get_absolute_url())
    return PublishedMark(benchmark, side, is_close, mark)
