"""The gap report of a release: one cohort, one section or all, pair by pair."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.charts.dumbbell import DumbbellRow, dumbbell
from posture.charts.layout import Spec
from posture.charts.shares import ShareRow, ShareSeries, dots, stacked_shares
from posture.models import Release
from posture.releases.queries import (
    ComparisonTable,
    cohorts_of,
    comparison_table,
    estimate_table,
    quoted_benchmarks,
)
from posture.reports.benchmark_comparisons import IndicatorRow, indicator_rows
from posture.reports.change import ChangeReport, change_report
from posture.reports.forecasts import ForecastView, forecast_views
from posture.reports.pairs import ORGANIZATIONS, TYPE_NAMES, PairView, pair_views
from posture.reports.rest import RestReport, rest_report
from posture.reports.values import Value
from posture.reports.wording import TYPES
from posture.stored_definitions import catalogue
from surveys.instrument.cohorts import ALL, cohort_label
from surveys.instrument.questionnaire_definition import Questionnaire, Section

TYPE_COLORS = {"over": "--over", "aligned": "--aligned", "under": "--under", "no_evidence": "--no-evidence"}
AXIS_TITLES = {
    "agents": lazy("Mean share, percent"),
    ORGANIZATIONS: lazy("Share of organisations, percent"),
    "bands": lazy("From 1, less than 5 minutes, to 8, not at all"),
}
HEADINGS = {
    "agents": lazy("Shares of agents, models, actions or spend"),
    ORGANIZATIONS: lazy("Shares of organisations"),
    "bands": lazy("Time"),
}


@dataclass(frozen=True)
class PairPanel:
    """One chart with the pairs that share its axis."""

    key: str
    heading: str
    pairs: list[PairView]
    spec: Spec


@dataclass(frozen=True)
class GapReport:
    release: Release
    questionnaire: Questionnaire
    cohort: str
    cohort_label: str
    cohorts: list[tuple[str, str]]
    sections: list[Section]
    section: str
    pairs: list[PairView]
    panels: list[PairPanel]
    types_spec: Spec
    dont_know_spec: Spec
    indicators: list[IndicatorRow]
    change: ChangeReport | None
    forecasts: list[ForecastView]
    rest: RestReport
    clear_pairs: frozenset[str]

    @property
    def widest_gaps(self) -> list[PairView]:
        """Returns the three widest gaps that differ clearly from zero, after correction for all gaps of the
        cohort."""
        candidates = [
            view
            for view in self.pairs
            if view.pair.code in self.clear_pairs and view.pair.direction != "none"
        ]
        return sorted(candidates, key=lambda view: (view.axis == "bands", view.sort_key))[:3]

    @property
    def all_are_withheld(self) -> bool:
        return all(view.gap.is_withheld for view in self.pairs)


def pair_labels(release: Release, *, cohort: str = ALL, section: str = "") -> dict[str, str] | None:
    """Returns the labels of the pairs of the gap report by code. None for a cohort or section that the release does
    not have."""
    questionnaire = release.wave.questionnaire.definition
    if not _has_cohort_and_section(cohorts_of(release), _sections(questionnaire), cohort, section):
        return None
    return {
        pair.code: pair.label
        for pair in questionnaire.core_pairs
        if section in ("", questionnaire.item(pair.belief).section)
    }


def gap_report(release: Release, *, cohort: str = ALL, section: str = "") -> GapReport | None:
    """Returns the report; None for a cohort or section that the release does not have."""
    questionnaire = release.wave.questionnaire.definition
    cohorts, sections = cohorts_of(release), _sections(questionnaire)
    if not _has_cohort_and_section(cohorts, sections, cohort, section):
        return None
    table = estimate_table(release, cohort)
    comparisons = comparison_table(release, cohort)
    views = pair_views(questionnaire, table, quoted_benchmarks(release))
    section_views = [view for view in views if section in ("", view.section)]
    pairs = sorted(section_views, key=lambda view: view.sort_key)
    definitions = catalogue.indicators_of(questionnaire.slug)
    indicators = indicator_rows(questionnaire, table, comparisons, definitions)
    filters = {"cohort": cohort, "section": section}
    return GapReport(
        release=release,
        questionnaire=questionnaire,
        cohort=cohort,
        cohort_label=cohort_label(cohort),
        cohorts=[(slug, cohort_label(slug)) for slug in cohorts],
        sections=sections,
        section=section,
        pairs=pairs,
        panels=pair_panels(pairs),
        types_spec=_types_chart(pairs),
        dont_know_spec=_dont_know_chart(pairs),
        change=change_report(release, questionnaire, definitions, table, comparisons, **filters),
        forecasts=forecast_views(questionnaire, table, comparisons, section=section),
        rest=rest_report(release, questionnaire, definitions, **filters),
        clear_pairs=_clearly_over_confident(comparisons),
        indicators=[row for row in indicators if section in ("", questionnaire.item(row.item).section)],
    )


def _clearly_over_confident(comparisons: ComparisonTable) -> frozenset[str]:
    """Returns the pairs whose belief is clearly more favourable than the evidence, after correction for all gaps of
    the cohort."""
    return frozenset(
        row.subject for row in comparisons.rows if (row.compared_with, row.verdict) == ("zero", "higher")
    )


def _sections(questionnaire: Questionnaire) -> list[Section]:
    """Returns the sections that have results."""
    pair_sections = {questionnaire.item(pair.belief).section for pair in questionnaire.core_pairs}
    indicator_sections = {
        questionnaire.item(indicator.item).section
        for indicator in catalogue.indicators_of(questionnaire.slug)
    }
    return [
        section for section in questionnaire.sections if section.code in pair_sections | indicator_sections
    ]


def _has_cohort_and_section(
    cohorts: Collection[str], sections: Iterable[Section], cohort: str, section: str
) -> bool:
    return cohort in (*cohorts, ALL) and section in ("", *(candidate.code for candidate in sections))


def pair_panels(pairs: list[PairView]) -> list[PairPanel]:
    all_panels = []
    for key in AXIS_TITLES:
        axis_pairs = [view for view in pairs if view.axis == key]
        if axis_pairs:
            all_panels.append(
                PairPanel(
                    key,
                    str(HEADINGS[key]),
                    axis_pairs,
                    panel_chart(key, [_dumbbell_row(view) for view in axis_pairs]),
                )
            )
    return all_panels


def panel_chart(key: str, rows: list[DumbbellRow]) -> Spec:
    x_range, suffix = ((1, 8), "") if key == "bands" else ((0, 100), " %")
    return dumbbell(rows, x_title=str(AXIS_TITLES[key]), x_range=x_range, suffix=suffix)


def _dumbbell_row(view: PairView) -> DumbbellRow:
    return DumbbellRow(
        label=f"{view.pair.label}   {gap_text(view)}",
        belief=view.belief.dot,
        evidence=view.evidence.dot,
        marks=tuple(published.mark for published in view.marks),
    )


def gap_text(view: PairView) -> str:
    return _("withheld") if view.gap.is_withheld else view.gap.text


def _share_row(label: str, values: list[Value]) -> ShareRow:
    return ShareRow(
        label,
        tuple(value.dot.value if value.dot else None for value in values),
        tuple(value.text for value in values),
        tuple(value.address for value in values),
        tuple(value.dot.bound if value.dot else "" for value in values),
    )


def _types_chart(pairs: list[PairView]) -> Spec:
    rows = [
        _share_row(view.pair.label, [view.types[type_name] for type_name in TYPE_NAMES]) for view in pairs
    ]
    series = [ShareSeries(str(TYPES[name]), TYPE_COLORS[name]) for name in TYPE_NAMES]
    return stacked_shares(rows, series, x_title=_("Share of organisations, percent"))


def _dont_know_chart(pairs: list[PairView]) -> Spec:
    rows = [_share_row(view.pair.label, [view.belief_dont_know, view.evidence_dont_know]) for view in pairs]
    series = [ShareSeries(_("Executives"), "--belief"), ShareSeries(_("Evidence holders"), "--evidence")]
    return dots(rows, series, x_title=_("Percent of those who answered"))
