"""The gap report of a release: the one story that its pages, files and texts for screen readers are made from.

Everything in it comes from released estimates and comparisons of one cohort."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse

from posture.charts import number_text
from posture.models import Release
from posture.releases.queries import (
    EstimateTable,
    cohorts_of,
    comparison_table,
    estimate_table,
    quoted_benchmarks,
)
from posture.reports.benchmark_comparisons import IndicatorRow, indicator_rows
from posture.reports.change import ChangeReport, change_report
from posture.reports.cohort_choices import CohortGroup, cohort_groups, slugs_of
from posture.reports.finding import Finding, Gaps, finding_of
from posture.reports.pairs import PairView, pair_views
from posture.reports.panels import PairRow, Panel, TypeRow, pair_row, panels, type_rows
from posture.reports.rest import RestReport, rest_report
from posture.stored_definitions import catalogue
from surveys.instrument.cohorts import ALL, cohort_label
from surveys.instrument.questionnaire_definition import Questionnaire, Section


@dataclass(frozen=True)
class GapReport:
    """topic: the code of a section; "" for all. pairs: of the topic, the widest gap first. over, under: codes of the
    pairs whose belief is clearly more or less favourable than the evidence."""

    release: Release
    questionnaire: Questionnaire
    cohort: str
    cohorts: list[CohortGroup]
    topic: str
    topics: list[Section]
    pairs: list[PairView]
    indicators: list[IndicatorRow]
    change: ChangeReport | None
    rest: RestReport
    over: frozenset[str]
    under: frozenset[str]

    @property
    def cohort_label(self) -> str:
        return cohort_label(self.cohort)

    @cached_property
    def finding(self) -> Finding:
        gaps = Gaps(
            self.pairs,
            self.over,
            self.under,
            address=self.address("gaps"),
            change_address=self.address("change"),
            level=self.release.level,
        )
        return finding_of(gaps, self.change)

    @cached_property
    def panels(self) -> list[Panel]:
        return panels(self.pairs)

    @cached_property
    def type_rows(self) -> list[TypeRow]:
        return type_rows(self.pairs)

    @property
    def bar_rows(self) -> list[PairRow]:
        """Returns the rows that the first screen shows."""
        return [pair_row(view) for view in self.finding.bars]

    @property
    def clear(self) -> frozenset[str]:
        return self.over | self.under

    @property
    def untyped(self) -> list[PairView]:
        """Returns the pairs without any published type."""
        typed = {row.view.pair.code for row in self.type_rows}
        return [view for view in self.pairs if view.pair.code not in typed]

    @property
    def withheld(self) -> list[PairView]:
        return [view for view in self.pairs if view.gap.is_withheld]

    @property
    def level_words(self) -> str:
        return number_text.level(self.release.level)

    def address(self, page: str) -> str:
        """Returns the address of another page of this report, with its cohort and topic."""
        return report_address(self.release.slug, page, cohort=self.cohort, topic=self.topic)


def report_address(release: str, page: str = "summary", *, cohort: str = ALL, topic: str = "") -> str:
    chosen = {"cohort": cohort if cohort != ALL else "", "topic": topic}
    query = {name: value for name, value in chosen.items() if value}
    name = "release" if page == "summary" else f"report-{page}"
    return reverse(f"posture:{name}", kwargs={"slug": release}, query=query or None)


def pair_labels(release: Release, *, cohort: str = ALL, topic: str = "") -> dict[str, str] | None:
    """Returns the labels of the pairs of the gap report by code. None for a cohort or topic that the release does not
    have."""
    questionnaire = release.wave.questionnaire.definition
    if not _has(cohorts_of(release), _topics(questionnaire), cohort, topic):
        return None
    return {
        pair.code: pair.label
        for pair in questionnaire.core_pairs
        if topic in ("", questionnaire.item(pair.belief).section)
    }


def gap_report(release: Release, *, cohort: str = ALL, topic: str = "") -> GapReport | None:
    """Returns the report; None for a cohort or topic that the release does not have."""
    questionnaire = release.wave.questionnaire.definition
    groups, topics = cohort_groups(release), _topics(questionnaire)
    if not _has(slugs_of(groups), topics, cohort, topic):
        return None
    table, comparisons = estimate_table(release, cohort), comparison_table(release, cohort)
    definitions = catalogue.indicators_of(questionnaire.slug)
    indicators = indicator_rows(questionnaire, table, comparisons, definitions)
    narrowed = {"cohort": cohort, "section": topic}
    return GapReport(
        release=release,
        questionnaire=questionnaire,
        cohort=cohort,
        cohorts=groups,
        topic=topic,
        topics=topics,
        pairs=_pairs(release, questionnaire, table, topic),
        indicators=[row for row in indicators if topic in ("", questionnaire.item(row.item).section)],
        change=change_report(release, questionnaire, definitions, table, comparisons, **narrowed),
        rest=rest_report(release, questionnaire, definitions, **narrowed),
        over=comparisons.clear_pairs("higher"),
        under=comparisons.clear_pairs("lower"),
    )


def _pairs(
    release: Release, questionnaire: Questionnaire, table: EstimateTable, topic: str
) -> list[PairView]:
    views = pair_views(questionnaire, table, quoted_benchmarks(release))
    return sorted((view for view in views if topic in ("", view.section)), key=lambda view: view.sort_key)


def _topics(questionnaire: Questionnaire) -> list[Section]:
    """Returns the sections that have results."""
    paired = {questionnaire.item(pair.belief).section for pair in questionnaire.core_pairs}
    indicators = catalogue.indicators_of(questionnaire.slug)
    named = {questionnaire.item(indicator.item).section for indicator in indicators}
    return [section for section in questionnaire.sections if section.code in paired | named]


def _has(cohorts: Collection[str], topics: Iterable[Section], cohort: str, topic: str) -> bool:
    return cohort in (*cohorts, ALL) and topic in ("", *(section.code for section in topics))
