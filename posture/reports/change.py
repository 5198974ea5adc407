"""What changed since an earlier wave: all organisations, the matched panel beside them, and where the series breaks."""

from collections.abc import Iterator
from dataclasses import dataclass

from posture.analysis.estimates.difference_verdicts import Difference, Reading, read_together
from posture.analysis.waves.breaks import indicator_breaks, pair_breaks
from posture.analysis.waves.changes import CHANGE, PANEL_CHANGE
from posture.definitions.indicators import Indicator
from posture.models import Estimate, Release
from posture.releases.benchmark_comparisons import statistic_of
from posture.releases.queries import EstimateTable, estimate_table
from posture.reports.values import Value
from surveys.instrument.questionnaire_definition import Questionnaire

WORDS: dict[Reading, str] = {
    "withheld": "Withheld.",
    "small_base": "The base of a wave is too small for a verdict.",
    "spread_unknown": "No verdict: the spread is unknown.",
    "higher": "Higher than then",
    "lower": "Lower than then",
    "not_clear_together": "Not clear once all changes of this page are taken together.",
    "about_the_same": "About the same (within 10 points).",
    "no_clear_difference": "No clear change.",
}


@dataclass(frozen=True)
class ChangeView:
    """then, now, change, panel: released numbers. breaks: why there is no change; note: where the panel tells another
    story than all organisations."""

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
    breaks: tuple[str, ...]


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
    breaks: tuple[str, ...]


def change_report(
    release: Release,
    questionnaire: Questionnaire,
    indicators: tuple[Indicator, ...],
    table: EstimateTable,
    *,
    cohort: str,
    section: str,
) -> ChangeReport | None:
    """None where the release follows no other, or where that one was withdrawn. All changes of the page are one
    family, whichever section is shown."""
    earlier = release.follows
    if earlier is None or earlier.status != Release.Status.PUBLISHED:
        return None
    then = estimate_table(earlier, cohort)
    subjects = list(_subjects(earlier.wave.questionnaire.definition, questionnaire, indicators))
    readings = read_together([_difference(one, table, then) for one in subjects])
    rows = [_view(one, table, then, reading) for one, reading in zip(subjects, readings, strict=True)]
    compared = sum(reading not in ("withheld", "small_base", "spread_unknown") for reading in readings)
    return ChangeReport(earlier, [row for row in rows if section in ("", row.section)], compared)


def _subjects(
    earlier: Questionnaire, later: Questionnaire, indicators: tuple[Indicator, ...]
) -> Iterator[_Subject]:
    for pair in later.core_pairs:
        section = later.item(pair.belief).section
        reasons = pair_breaks(pair.code, earlier, later)
        yield _Subject("pair", pair.code, pair.label, "Gap", section, "gap", reasons)
    for one in indicators:
        statistic = statistic_of(one)
        reasons = indicator_breaks(one.code, indicators, earlier, later)
        what = "Mean" if statistic == "mean" else "Share"
        yield _Subject(
            "indicator", one.code, one.label, what, later.item(one.item).section, statistic, reasons
        )


def _difference(one: _Subject, table: EstimateTable, then: EstimateTable) -> Difference:
    change = table.row(one.kind, one.code, f"{one.statistic}{CHANGE}")
    sides = [found.row(one.kind, one.code, one.statistic) for found in (then, table)]
    if change is None:
        return Difference(None, None, None, None, None, "")
    bases = [_effective(side) for side in sides if side is not None]
    base, smaller = change.effective_base or change.base, min(bases, default=0.0)
    return Difference(change.value, change.se, change.p_value, base, smaller, change.unit)


def _effective(row: Estimate) -> float:
    return float(row.base or 0) if row.effective_base is None else row.effective_base


def _view(one: _Subject, table: EstimateTable, then: EstimateTable, reading: Reading) -> ChangeView:
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
        reading=WORDS[reading],
        note=composition_note(change, panel),
        breaks=one.breaks,
    )


def composition_note(change: Estimate | None, panel: Estimate | None) -> str:
    """Where those who stayed tell another story than all organisations, somebody else took part."""
    if change is None or panel is None or change.value is None or panel.value is None:
        return ""
    if change.value * panel.value < 0 and round(change.value, 1) and round(panel.value, 1):
        return "Those in both waves point the other way: who took part may have changed."
    if _is_clear(change) != _is_clear(panel):
        which = "all organisations" if _is_clear(change) else "those in both waves"
        return f"Clear among {which} only: who took part may have changed."
    return ""


def _is_clear(row: Estimate) -> bool:
    return row.ci_low is not None and row.ci_high is not None and (row.ci_low > 0 or row.ci_high < 0)
