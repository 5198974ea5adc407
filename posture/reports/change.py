"""Changes since an earlier wave: all organisations, the matched panel beside them, and trend breaks."""

from collections.abc import Iterator
from dataclasses import dataclass

from posture.analysis.estimates.difference_verdicts import DifferenceVerdict
from posture.analysis.waves.changes import CHANGE, PANEL_CHANGE
from posture.definitions.indicators import Indicator
from posture.models import Comparison, Release
from posture.releases.benchmark_comparisons import statistic_of
from posture.releases.queries import ComparisonTable, EstimateTable, estimate_table
from posture.reports.values import Value
from surveys.instrument.questionnaire_definition import Questionnaire

WORDS: dict[DifferenceVerdict, str] = {
    "withheld": "Withheld.",
    "break": "Not comparable.",
    "small_base": "The base of a wave is too small for a verdict.",
    "spread_unknown": "No verdict: the spread is unknown.",
    "higher": "Higher than then",
    "lower": "Lower than then",
    "not_clear_together": "Not clear once all changes of this page are taken together.",
    "about_the_same": "About the same (within 10 points).",
    "no_clear_difference": "No clear change.",
}
NOT_COMPARED = "No verdict was kept with this release."
CLEAR_AMONG = "Clear among {} only: who took part may have changed."
COMPOSITION = {
    "": "",
    "opposite": "Those in both waves point the other way: who took part may have changed.",
    "clear_in_all": CLEAR_AMONG.format("all organisations"),
    "clear_in_panel": CLEAR_AMONG.format("those in both waves"),
}


@dataclass(frozen=True)
class ChangeView:
    """then, now, change, panel: released numbers. breaks: why there is no change; note: how the panel and all
    organisations disagree."""

    kind: str
    subject: str
    label: str
    what: str
    section: str
    then: Value
    now: Value
    change: Value
    panel: Value
    reading: str
    note: str
    breaks: str


@dataclass(frozen=True)
class ChangeReport:
    earlier: Release
    rows: list[ChangeView]
    compared: int


@dataclass(frozen=True)
class _Subject:
    kind: str
    code: str
    label: str
    what: str
    section: str
    statistic: str


def change_report(
    release: Release,
    questionnaire: Questionnaire,
    indicators: tuple[Indicator, ...],
    table: EstimateTable,
    comparisons: ComparisonTable,
    *,
    cohort: str,
    section: str,
) -> ChangeReport | None:
    """Returns the changes; None if the release follows no other, or if that one was withdrawn. All changes of the
    page are one family, whichever section is shown."""
    earlier = release.follows
    if earlier is None or earlier.status != Release.Status.PUBLISHED:
        return None
    then = estimate_table(earlier, cohort)
    rows = [
        _view(one, table, then, next(iter(comparisons.of("earlier_wave", one.kind, one.code)), None))
        for one in _subjects(questionnaire, indicators)
        if section in ("", one.section)
    ]
    return ChangeReport(earlier, rows, comparisons.family_size("earlier_wave"))


def _subjects(questionnaire: Questionnaire, indicators: tuple[Indicator, ...]) -> Iterator[_Subject]:
    for pair in questionnaire.core_pairs:
        section = questionnaire.item(pair.belief).section
        yield _Subject("pair", pair.code, pair.label, "Gap", section, "gap")
    for one in indicators:
        statistic = statistic_of(one)
        what = "Mean" if statistic == "mean" else "Share"
        section = questionnaire.item(one.item).section
        yield _Subject("indicator", one.code, one.label, what, section, statistic)


def _view(
    one: _Subject, table: EstimateTable, then: EstimateTable, comparison: Comparison | None
) -> ChangeView:
    change = table.row(one.kind, one.code, f"{one.statistic}{CHANGE}")
    panel = table.row(one.kind, one.code, f"{one.statistic}{PANEL_CHANGE}")
    return ChangeView(
        kind=one.kind,
        subject=one.code,
        label=one.label,
        what=one.what,
        section=one.section,
        then=Value.of(then.row(one.kind, one.code, one.statistic)),
        now=Value.of(table.row(one.kind, one.code, one.statistic)),
        change=Value.of(change),
        panel=Value.of(panel),
        reading=WORDS[comparison.outcome] if comparison else NOT_COMPARED,
        note=COMPOSITION[comparison.composition] if comparison else "",
        breaks=comparison.breaks if comparison else "",
    )
