"""One organisation's own report: its belief, its evidence, the cohort and published figures, pair by pair.

The module reads the organisation's own answers only through `microdata_of_organizations`. All data about others come
from a published release.
"""

from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.analysis.answers.pair_values import ALIGNED, OVER, UNDER, Halves, halves_of
from posture.analysis.answers.wave_data import (
    ANSWERED,
    BLANK,
    DECLINED,
    DONT_KNOW,
    NO_EVIDENCE,
    NO_RESPONDENT,
    NOT_APPLICABLE,
    ROUTED_OUT,
    WaveData,
)
from posture.charts import number_text
from posture.charts.dumbbell import Dot, DumbbellRow
from posture.microdata import microdata_of_organizations
from posture.models import Release
from posture.releases.comparisons import quoted_codes
from posture.releases.queries import (
    EstimateTable,
    benchmarks_by_code,
    cohorts_of,
    estimate_table,
    latest_release_of,
    published_release_of,
    quoted_benchmarks,
)
from posture.reports.gap import HEADINGS, PairPanel, panel_chart
from posture.reports.pairs import ORGANIZATIONS, Benchmarks, PairView, pair_views
from posture.reports.standing import OwnScore, own_scores
from posture.stored_definitions import catalogue
from surveys.fieldwork.queries import Participation
from surveys.instrument.cohorts import ALL, DIMENSIONS, cohort_label, is_in_cohort
from surveys.instrument.questionnaire_definition import Item, Questionnaire

STATE_WORDS = {
    DONT_KNOW: lazy("Don't know"),
    NOT_APPLICABLE: lazy("Does not apply"),
    DECLINED: lazy("Preferred not to say"),
    BLANK: lazy("Left open"),
    ROUTED_OUT: lazy("Not asked"),
    NO_RESPONDENT: lazy("Nobody has answered yet"),
}
KIND_ORDER = ("over", "weak", "estimated", "no_evidence", "single", "under", "aligned", "incomplete")
VERDICTS = {
    "over": lazy("Over-confident"),
    "under": lazy("Under-confident"),
    "aligned": lazy("Aligned"),
    "weak": lazy("Weak evidence"),
    "estimated": lazy("Estimated without records"),
    "no_evidence": lazy("No evidence"),
    "single": lazy("One informant for both halves"),
    "incomplete": lazy("Incomplete"),
}
NO_DIRECTION_VERDICTS = VERDICTS | {"over": lazy("Belief higher"), "under": lazy("Belief lower")}
NO_DIRECTION_ADVICE = lazy("Belief and bill differ. Neither direction is better; agree on one number.")
ADVICE = {
    "over": lazy(
        "Belief is ahead of the evidence. Show the record to the people who answered the question about belief."
    ),
    "weak": lazy("No case is on record, but few agents are monitored: a clean record says little here."),
    "estimated": lazy("This was estimated without records. Measure it before you rely on it."),
    "no_evidence": lazy("No respondent knew the record. Find out whether there is one."),
    "single": lazy("One person answered both halves, so this compares a person with themselves."),
    "under": lazy("The record is better than believed. Tell people what is in place."),
    "aligned": lazy("Belief and evidence agree. Keep the record up to date."),
    "incomplete": lazy("One half is missing, so there is nothing to compare yet."),
}


@dataclass(frozen=True)
class OwnPair:
    view: PairView
    belief: str
    evidence: str
    gap_value: float | None
    verdict_kind: str

    @property
    def gap(self) -> str:
        return number_text.figure(self.gap_value, self.unit) if self.gap_value is not None else ""

    @property
    def unit(self) -> str:
        return "bands" if self.view.axis == "bands" else "points"

    @property
    def verdict(self) -> str:
        verdicts = NO_DIRECTION_VERDICTS if self.view.pair.direction == "none" else VERDICTS
        return str(verdicts[self.verdict_kind])

    @property
    def note(self) -> str:
        """Returns the advice if the verdict needs an explanation."""
        return "" if self.verdict_kind in (OVER, UNDER, ALIGNED) else self.advice

    @property
    def advice(self) -> str:
        if self.view.pair.direction == "none" and self.verdict_kind in ("over", "under"):
            return str(NO_DIRECTION_ADVICE)
        return str(ADVICE[self.verdict_kind])


@dataclass(frozen=True)
class OrganizationReport:
    participation: Participation
    release: Release | None
    cohort: str
    cohort_label: str
    cohorts: list[tuple[str, str]]
    pairs: list[OwnPair]
    panels: list[PairPanel]
    scores: list[OwnScore]

    @property
    def pairs_to_examine(self) -> list[OwnPair]:
        """Returns the pairs to examine first: those with the most over-confident belief, then those with weak or
        missing evidence."""
        return [
            pair
            for pair in self.pairs
            if pair.verdict_kind in KIND_ORDER[:4] and pair.view.pair.direction != "none"
        ][:3]


def organization_report(participation: Participation, *, cohort: str = "") -> OrganizationReport | None:
    """Returns the report; None for a cohort that the release does not show. Without a published release the report
    contains only the organisation's own data."""
    organization, wave = participation.organization, participation.wave
    questionnaire = wave.questionnaire.definition
    release = latest_release_of(questionnaire.slug)
    cohorts = cohorts_of(release) if release else []
    selected = cohort or _default_cohort(organization, cohorts)
    if selected not in (*cohorts, ALL):
        return None
    data = microdata_of_organizations(wave.pk, [organization.pk]).data
    pairs = sorted(
        _own_pairs(questionnaire, data, release, selected),
        key=lambda own_pair: (KIND_ORDER.index(own_pair.verdict_kind), -abs(own_pair.gap_value or 0)),
    )
    return OrganizationReport(
        participation=participation,
        release=release,
        cohort=selected,
        cohort_label=cohort_label(selected),
        cohorts=[(slug, cohort_label(slug)) for slug in cohorts],
        pairs=pairs,
        panels=_panels(pairs, data, questionnaire),
        scores=own_scores(
            questionnaire, data, _table(release, selected), published_release_of(wave.pk), organization.pk
        ),
    )


def _default_cohort(organization: object, cohorts: list[str]) -> str:
    segments = [(dimension.code, getattr(organization, dimension.code)) for dimension in DIMENSIONS]
    return next(
        (slug for code, value in segments for slug in cohorts if is_in_cohort(slug, code, value)), ALL
    )


def _own_pairs(
    questionnaire: Questionnaire, data: WaveData, release: Release | None, cohort: str
) -> list[OwnPair]:
    table = _table(release, cohort)
    if not len(data.units):
        return []
    views = pair_views(questionnaire, table, _benchmarks(questionnaire, release))
    return [_own_pair(view, questionnaire, data) for view in views]


def _benchmarks(questionnaire: Questionnaire, release: Release | None) -> Benchmarks:
    """Returns the benchmarks as the release quotes them; without a release, the current ones."""
    if release is not None:
        return quoted_benchmarks(release)
    return benchmarks_by_code(quoted_codes(questionnaire, catalogue.indicators_of(questionnaire.slug)))


def _table(release: Release | None, cohort: str) -> EstimateTable:
    return estimate_table(release or Release(pk=0), cohort)


def _own_pair(view: PairView, questionnaire: Questionnaire, data: WaveData) -> OwnPair:
    pair_values = halves_of(view.pair, questionnaire, data)
    kind = _kind(pair_values)
    gap = float(pair_values.gap[0])
    has_number = kind in ("over", "under", "aligned", "weak", "single") and view.axis != ORGANIZATIONS
    return OwnPair(
        view=view,
        belief=_answer_text(view.belief_item, data),
        evidence=_answer_text(view.evidence_item, data),
        gap_value=gap if has_number else None,
        verdict_kind=kind,
    )


def _kind(pair_values: Halves) -> str:
    if pair_values.estimated[0]:
        return "estimated"
    if pair_values.no_evidence[0]:
        return "no_evidence"
    if pair_values.single_informant[0]:
        return "single"
    if not pair_values.complete[0]:
        return "incomplete"
    if pair_values.weak[0] and not pair_values.typed(OVER)[0]:
        return "weak"
    return next(name for name in (OVER, UNDER, ALIGNED) if pair_values.typed(name)[0])


def _answer_text(item: Item, data: WaveData) -> str:
    entry = data.item(item.code).entry(0)
    if entry.state in STATE_WORDS:
        return str(STATE_WORDS[entry.state])
    if entry.state == ANSWERED and item.is_numeric:
        return (
            number_text.percent(entry.number) if item.type == "percent" else number_text.rounded(entry.number)
        )
    if entry.state in (ANSWERED, NO_EVIDENCE):
        return ", ".join(item.option(code).label for code in entry.options)
    return number_text.MISSING


def _panels(pairs: list[OwnPair], data: WaveData, questionnaire: Questionnaire) -> list[PairPanel]:
    """Returns charts only for axes with a value of one organisation: shares of agents, and time."""
    panels = []
    for key in ("agents", "bands"):
        axis_pairs = [pair for pair in pairs if pair.view.axis == key]
        if axis_pairs:
            rows = [_row(pair, halves_of(pair.view.pair, questionnaire, data)) for pair in axis_pairs]
            panels.append(
                PairPanel(key, str(HEADINGS[key]), [pair.view for pair in axis_pairs], panel_chart(key, rows))
            )
    return panels


def _row(pair: OwnPair, pair_values: Halves) -> DumbbellRow:
    return DumbbellRow(
        label=f"{pair.view.pair.label}   {pair.gap or pair.verdict}",
        belief=pair.view.belief.dot,
        evidence=pair.view.evidence.dot,
        marks=tuple(published.mark for published in pair.view.marks),
        own_belief=_own_dot(pair_values.belief, _("Your belief: {answer}").format(answer=pair.belief)),
        own_evidence=_own_dot(
            pair_values.evidence, _("Your evidence: {answer}").format(answer=pair.evidence)
        ),
    )


def _own_dot(values: np.ndarray, text: str) -> Dot | None:
    return None if np.isnan(values[0]) else Dot(float(values[0]), None, None, text)
