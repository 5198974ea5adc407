"""One organisation's own report: its verdict, its pairs beside a cohort, its scores, and its earlier waves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.urls import reverse

from posture.analysis.answers.wave_data import WaveData
from posture.microdata import microdata_of_organizations
from posture.models import Release
from posture.releases.comparisons import quoted_codes
from posture.releases.queries import (
    EstimateTable,
    benchmarks_by_code,
    estimate_table,
    published_release_of,
    quoted_benchmarks,
)
from posture.releases.wave_cohorts import cohort_release_of
from posture.reports.cohort_choices import CohortGroup, cohort_groups, slugs_of
from posture.reports.own_pairs import KIND_ORDER, OwnPair, own_pair, verdict_kind
from posture.reports.own_verdict import Division, WaveDivision
from posture.reports.pairs import Benchmarks, pair_views
from posture.reports.standing import OwnScore, own_scores
from posture.stored_definitions import catalogue
from surveys.fieldwork.queries import Participation, participations_of
from surveys.instrument.cohorts import ALL, DIMENSIONS, cohort_label, is_in_cohort
from surveys.instrument.questionnaire_definition import Questionnaire


@dataclass(frozen=True)
class OrganizationReport:
    """release: the cohort's; None if there is none to compare with. is_chosen: an analyst chose this release; otherwise
    it is the one of the wave itself."""

    participation: Participation
    questionnaire: Questionnaire
    release: Release | None
    cohort: str
    cohorts: list[CohortGroup]
    pairs: list[OwnPair]
    scores: list[OwnScore]
    waves: list[WaveDivision]

    @property
    def is_chosen(self) -> bool:
        return self.release is not None and self.release.wave_id != self.participation.wave.pk

    @property
    def cohort_label(self) -> str:
        return cohort_label(self.cohort)

    @cached_property
    def division(self) -> Division:
        return Division.of([pair.verdict_kind for pair in self.pairs])

    @property
    def topics(self) -> list[tuple[str, list[OwnPair]]]:
        """Returns the pairs of each section, in the order of the questionnaire."""
        grouped = [
            (section.title, [pair for pair in self.pairs if pair.view.section == section.code])
            for section in self.questionnaire.sections
        ]
        return [(title, pairs) for title, pairs in grouped if pairs]

    @property
    def total(self) -> OwnScore | None:
        """Returns the score over all domains."""
        return next((score for score in self.scores if score.is_total), None)

    @property
    def pairs_to_examine(self) -> list[OwnPair]:
        """Returns the pairs to examine first: those with the most over-confident belief, then those with weak or
        missing evidence."""
        pressing = [
            pair
            for pair in self.pairs
            if pair.verdict_kind in KIND_ORDER[:5] and pair.view.pair.direction != "none"
        ]
        return pressing[:5]


def organization_report(
    participation: Participation, *, at: datetime, cohort: str = ""
) -> OrganizationReport | None:
    """Returns the report; None for a cohort that the release does not show. Without a published release the report
    contains only the organisation's own data."""
    organization, wave = participation.organization, participation.wave
    questionnaire = wave.questionnaire.definition
    release = cohort_release_of(wave.pk)
    groups = cohort_groups(release) if release else []
    chosen = cohort or _closest_cohort(organization, slugs_of(groups))
    if chosen not in (*slugs_of(groups), ALL):
        return None
    data = microdata_of_organizations(wave.pk, [organization.pk]).data
    table = _table(release, chosen)
    pairs = own_pairs(questionnaire, data, release, table, chosen)
    scores = own_scores(questionnaire, data, table, published_release_of(wave.pk), organization.pk)
    current = _wave(participation, [pair.verdict_kind for pair in pairs], scores, is_current=True)
    return OrganizationReport(
        participation=participation,
        questionnaire=questionnaire,
        release=release,
        cohort=chosen,
        cohorts=groups,
        pairs=pairs,
        scores=scores,
        waves=list(_waves(participation, current, at)),
    )


def _closest_cohort(organization: object, known: list[str]) -> str:
    own = [(dimension.code, getattr(organization, dimension.code)) for dimension in DIMENSIONS]
    return next((slug for code, value in own for slug in known if is_in_cohort(slug, code, value)), ALL)


def own_pairs(
    questionnaire: Questionnaire, data: WaveData, release: Release | None, table: EstimateTable, cohort: str
) -> list[OwnPair]:
    """Returns the pairs, the most pressing first. A pair that the cohort withholds has the numbers of all
    organisations."""
    if not len(data.units):
        return []
    benchmarks = _benchmarks(questionnaire, release)
    views = pair_views(questionnaire, table, benchmarks)
    larger = {}
    if cohort != ALL and any(view.gap.is_withheld for view in views):
        larger = {
            view.pair.code: view for view in pair_views(questionnaire, _table(release, ALL), benchmarks)
        }
    pairs = []
    for view in views:
        wider = larger.get(view.pair.code)
        takes_wider = view.gap.is_withheld and wider is not None and not wider.gap.is_withheld
        shown = wider if takes_wider and wider is not None else view
        pairs.append(own_pair(shown, questionnaire, data, is_larger=takes_wider))
    return sorted(pairs, key=lambda pair: (KIND_ORDER.index(pair.verdict_kind), -abs(pair.gap_value or 0)))


def _benchmarks(questionnaire: Questionnaire, release: Release | None) -> Benchmarks:
    """Returns the benchmarks as the release quotes them; without a release, the current ones."""
    if release is not None:
        return quoted_benchmarks(release)
    return benchmarks_by_code(quoted_codes(questionnaire, catalogue.indicators_of(questionnaire.slug)))


def _table(release: Release | None, cohort: str) -> EstimateTable:
    return estimate_table(release or Release(pk=0), cohort)


def _waves(participation: Participation, current: WaveDivision, at: datetime) -> Iterator[WaveDivision]:
    """Yields the waves of the same questionnaire in which the organisation can read its report, the oldest first."""
    organization, own = participation.organization, participation.wave
    for other in participations_of(organization, at=at):
        questionnaire = other.wave.questionnaire.definition
        if other.wave.pk == own.pk:
            yield current
        elif questionnaire.slug == own.questionnaire.slug and other.may_read:
            data = microdata_of_organizations(other.wave.pk, [organization.pk]).data
            kinds = [verdict_kind(pair, questionnaire, data) for pair in questionnaire.core_pairs]
            scores = own_scores(questionnaire, data, EstimateTable({}), None, organization.pk)
            yield _wave(other, kinds if len(data.units) else [], scores, is_current=False)


def _wave(
    participation: Participation, kinds: list[str], scores: list[OwnScore], *, is_current: bool
) -> WaveDivision:
    slugs = participation.organization.slug, participation.wave.slug
    return WaveDivision(
        title=participation.wave.title,
        address=reverse("posture:organization-report", args=slugs),
        division=Division.of(kinds),
        score=next((score.value for score in scores if score.is_total), ""),
        is_current=is_current,
    )
