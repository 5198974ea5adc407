"""Changes since an earlier wave: all organisations, the matched panel beside them, and trend breaks."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.analysis.waves.changes import CHANGE, PANEL_CHANGE
from posture.charts.strips import PERCENT, Axis, Strip, change_strip
from posture.definitions.indicators import Indicator
from posture.models import Comparison, Release
from posture.releases.benchmark_comparisons import statistic_of
from posture.releases.queries import ComparisonTable, EstimateTable, estimate_table
from posture.reports.values import Value
from surveys.instrument.questionnaire_definition import Questionnaire

VERDICT_TEXTS = {
    "withheld": lazy("Withheld."),
    "break": lazy("Not comparable."),
    "small_base": lazy("The base of a wave is too small for a verdict."),
    "spread_unknown": lazy("No verdict: the spread is unknown."),
    "higher": lazy("Higher than in the earlier wave"),
    "lower": lazy("Lower than in the earlier wave"),
    "not_clear_together": lazy("Not clear once all changes of this page are taken together."),
    "about_the_same": lazy("About the same (within 10 points)."),
    "no_clear_difference": lazy("No clear change."),
}
NOT_STORED = lazy("This release has no stored verdict.")
COMPOSITION = {
    "": "",
    "opposite": lazy(
        "Organisations in both waves changed in the opposite direction: other organisations may have taken part."
    ),
    "clear_in_all": lazy("Clear among all organisations only: other organisations may have taken part."),
    "clear_in_panel": lazy(
        "Clear among organisations in both waves only: other organisations may have taken part."
    ),
}


GAPS = Axis(-50, 50, ((-50, "−50"), (-25, "−25"), (0, "0"), (25, "+25"), (50, "+50 points")))


@dataclass(frozen=True)
class ChangeView:
    """earlier_value, current_value, change, panel: released numbers. breaks: why there is no change; note: how the
    panel and all organisations disagree."""

    kind: str
    subject: str
    label: str
    statistic_label: str
    section: str
    earlier_value: Value
    current_value: Value
    change: Value
    panel: Value
    verdict_text: str
    note: str
    breaks: str
    unit: str
    is_clear: bool

    @property
    def axis(self) -> Axis | None:
        """Returns the axis of the numbers; None where they are neither shares nor gaps in points."""
        return {"share": PERCENT, "percent": PERCENT, "points": GAPS}.get(self.unit)

    @property
    def strip(self) -> Strip:
        """Returns the drawing of a clear change: from then to now."""
        axis, then, now = self.axis, self.earlier_value.dot, self.current_value.dot
        if axis is None or then is None or now is None or then.bound or now.bound:
            return Strip()
        return change_strip(then.value, now.value, axis)


@dataclass(frozen=True)
class ChangeReport:
    earlier: Release
    rows: list[ChangeView]
    compared: int

    @property
    def clear(self) -> list[ChangeView]:
        """Returns the changes that are clear once all of them are taken together."""
        return [row for row in self.rows if row.is_clear]


@dataclass(frozen=True)
class _ChangeSubject:
    kind: str
    code: str
    label: str
    statistic_label: str
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
    earlier_table = estimate_table(earlier, cohort)
    rows = [
        _view(
            subject,
            table,
            earlier_table,
            next(iter(comparisons.of("earlier_wave", subject.kind, subject.code)), None),
        )
        for subject in _subjects(questionnaire, indicators)
        if section in ("", subject.section)
    ]
    return ChangeReport(earlier, rows, comparisons.family_size("earlier_wave"))


def _subjects(questionnaire: Questionnaire, indicators: tuple[Indicator, ...]) -> Iterator[_ChangeSubject]:
    for pair in questionnaire.core_pairs:
        section = questionnaire.item(pair.belief).section
        yield _ChangeSubject("pair", pair.code, pair.label, _("Gap"), section, "gap")
    for indicator in indicators:
        statistic = statistic_of(indicator)
        statistic_label = _("Mean") if statistic == "mean" else _("Share")
        section = questionnaire.item(indicator.item).section
        yield _ChangeSubject(
            "indicator", indicator.code, indicator.label, statistic_label, section, statistic
        )


def _view(
    subject: _ChangeSubject, table: EstimateTable, earlier_table: EstimateTable, comparison: Comparison | None
) -> ChangeView:
    change = table.row(subject.kind, subject.code, f"{subject.statistic}{CHANGE}")
    panel = table.row(subject.kind, subject.code, f"{subject.statistic}{PANEL_CHANGE}")
    return ChangeView(
        kind=subject.kind,
        subject=subject.code,
        label=subject.label,
        statistic_label=subject.statistic_label,
        section=subject.section,
        earlier_value=Value.of(earlier_table.row(subject.kind, subject.code, subject.statistic)),
        current_value=Value.of(table.row(subject.kind, subject.code, subject.statistic)),
        change=Value.of(change),
        panel=Value.of(panel),
        verdict_text=str(VERDICT_TEXTS[comparison.outcome] if comparison else NOT_STORED),
        note=str(COMPOSITION[comparison.composition]) if comparison else "",
        breaks=comparison.breaks if comparison else "",
        unit=change.unit if change else "",
        is_clear=comparison is not None and comparison.verdict in ("higher", "lower"),
    )
