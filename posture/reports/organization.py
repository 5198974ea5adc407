"""One organisation's own report: its belief, its evidence, the cohort and published figures, pair by pair.

The module reads the organisation's own answers only through `microdata_of_organizations`. All data about others come
from a published release.
"""

from dataclasses import dataclass

import numpy as np

from posture.analysis.answers.pair_values import ALIGNED, OVER, UNDER, PairValues, pair_values_of
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
from posture.reports.gap import HEADINGS, Panel, panel_chart
from posture.reports.pairs import ORGANIZATIONS, Benchmarks, PairView, pair_views
from posture.reports.standing import OwnScore, own_scores
from posture.stored_definitions import catalogue
from surveys.fieldwork.queries import Participation
from surveys.instrument.cohorts import ALL, DIMENSIONS, cohort_label, is_in_cohort
from surveys.instrument.questionnaire_definition import Item, Questionnaire

STATE_WORDS = {
    DONT_KNOW: "Don't know",
    NOT_APPLICABLE: "Does not apply",
    DECLINED: "Preferred not to say",
    BLANK: "Left open",
    ROUTED_OUT: "Not asked",
    NO_RESPONDENT: "Nobody has answered yet",
}
ORDER = ("over", "weak", "estimated", "no_evidence", "single", "under", "aligned", "incomplete")
VERDICTS = {
    "over": "Over-confident",
    "under": "Under-confident",
    "aligned": "Aligned",
    "weak": "Weak evidence",
    "estimated": "Estimated without records",
    "no_evidence": "No evidence",
    "single": "One informant for both halves",
    "incomplete": "Incomplete",
}
ADVICE = {
    "over": "Belief is ahead of the evidence. Take the record to whoever holds the belief.",
    "weak": "No case is on record, but few agents are monitored: a clean record says little here.",
    "estimated": "Somebody estimated this. Measure it before relying on it.",
    "no_evidence": "Nobody could say what the record is. Find out whether there is one.",
    "single": "One person answered both halves, so this compares a person with themselves.",
    "under": "The record is better than believed. Tell people what is in place.",
    "aligned": "Belief and evidence agree. Keep the record up to date.",
    "incomplete": "One half is missing, so there is nothing to compare yet.",
}


@dataclass(frozen=True)
class OwnPair:
    view: PairView
    belief: str
    evidence: str
    gap_value: float | None
    kind: str

    @property
    def gap(self) -> str:
        return number_text.figure(self.gap_value, self.unit) if self.gap_value is not None else ""

    @property
    def unit(self) -> str:
        return "bands" if self.view.axis == "bands" else "points"

    @property
    def verdict(self) -> str:
        if self.view.pair.direction == "none":
            return {"over": "Belief higher", "under": "Belief lower"}.get(self.kind, VERDICTS[self.kind])
        return VERDICTS[self.kind]

    @property
    def note(self) -> str:
        """Returns the advice if the verdict needs an explanation."""
        return "" if self.kind in (OVER, UNDER, ALIGNED) else self.advice

    @property
    def advice(self) -> str:
        if self.view.pair.direction == "none" and self.kind in ("over", "under"):
            return "Belief and bill differ. Neither direction is better; agree on one number."
        return ADVICE[self.kind]


@dataclass(frozen=True)
class OrganizationReport:
    participation: Participation
    release: Release | None
    cohort: str
    cohort_label: str
    cohorts: list[tuple[str, str]]
    pairs: list[OwnPair]
    panels: list[Panel]
    scores: list[OwnScore]

    @property
    def first(self) -> list[OwnPair]:
        """Returns the pairs to examine first: those with the most over-confident belief, then those with weak or
        missing evidence."""
        return [pair for pair in self.pairs if pair.kind in ORDER[:4] and pair.view.pair.direction != "none"][
            :3
        ]


def organization_report(participation: Participation, *, cohort: str = "") -> OrganizationReport | None:
    """Returns the report; None for a cohort that the release does not show. Without a published release the report
    contains only the organisation's own data."""
    organization, wave = participation.organization, participation.wave
    questionnaire = wave.questionnaire.definition
    release = latest_release_of(questionnaire.slug)
    known = cohorts_of(release) if release else []
    chosen = cohort or _closest_cohort(organization, known)
    if chosen not in (*known, ALL):
        return None
    data = microdata_of_organizations(wave.pk, [organization.pk]).data
    pairs = sorted(
        _own_pairs(questionnaire, data, release, chosen),
        key=lambda one: (ORDER.index(one.kind), -abs(one.gap_value or 0)),
    )
    return OrganizationReport(
        participation=participation,
        release=release,
        cohort=chosen,
        cohort_label=cohort_label(chosen),
        cohorts=[(slug, cohort_label(slug)) for slug in known],
        pairs=pairs,
        panels=_panels(pairs, data, questionnaire),
        scores=own_scores(
            questionnaire, data, _table(release, chosen), published_release_of(wave.pk), organization.pk
        ),
    )


def _closest_cohort(organization: object, known: list[str]) -> str:
    own = [(dimension.code, getattr(organization, dimension.code)) for dimension in DIMENSIONS]
    return next((slug for code, value in own for slug in known if is_in_cohort(slug, code, value)), ALL)


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
    halves = pair_values_of(view.pair, questionnaire, data)
    kind = _kind(halves)
    gap = float(halves.gap[0])
    has_number = kind in ("over", "under", "aligned", "weak", "single") and view.axis != ORGANIZATIONS
    return OwnPair(
        view=view,
        belief=_given_words(view.belief_item, data),
        evidence=_given_words(view.evidence_item, data),
        gap_value=gap if has_number else None,
        kind=kind,
    )


def _kind(halves: PairValues) -> str:
    if halves.estimated[0]:
        return "estimated"
    if halves.no_evidence[0]:
        return "no_evidence"
    if halves.single_informant[0]:
        return "single"
    if not halves.complete[0]:
        return "incomplete"
    if halves.weak[0] and not halves.of_type(OVER)[0]:
        return "weak"
    return next(name for name in (OVER, UNDER, ALIGNED) if halves.of_type(name)[0])


def _given_words(item: Item, data: WaveData) -> str:
    entry = data.item(item.code).entry(0)
    if entry.state in STATE_WORDS:
        return STATE_WORDS[entry.state]
    if entry.state == ANSWERED and item.is_numeric:
        return (
            number_text.percent(entry.number) if item.type == "percent" else number_text.rounded(entry.number)
        )
    if entry.state in (ANSWERED, NO_EVIDENCE):
        return ", ".join(item.option(code).label for code in entry.options)
    return number_text.MISSING


def _panels(pairs: list[OwnPair], data: WaveData, questionnaire: Questionnaire) -> list[Panel]:
    """Returns charts only for axes with a value of one organisation: shares of agents, and time."""
    found = []
    for key in ("agents", "bands"):
        here = [pair for pair in pairs if pair.view.axis == key]
        if here:
            rows = [_row(pair, pair_values_of(pair.view.pair, questionnaire, data)) for pair in here]
            found.append(Panel(key, HEADINGS[key], [pair.view for pair in here], panel_chart(key, rows)))
    return found


def _row(pair: OwnPair, halves: PairValues) -> DumbbellRow:
    return DumbbellRow(
        label=f"{pair.view.pair.label}   {pair.gap or pair.verdict}",
        belief=pair.view.belief.dot,
        evidence=pair.view.evidence.dot,
        marks=tuple(found.mark for found in pair.view.marks),
        own_belief=_own_dot(halves.belief, f"Your belief: {pair.belief}"),
        own_evidence=_own_dot(halves.evidence, f"Your evidence: {pair.evidence}"),
    )


def _own_dot(values: np.ndarray, text: str) -> Dot | None:
    return None if np.isnan(values[0]) else Dot(float(values[0]), None, None, text)
