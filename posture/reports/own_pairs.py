"""The pairs of one organisation: its belief, its evidence, and what follows from both, beside a cohort.

The organisation's own answers come from `microdata_of_organizations` only. All data about others come from a published
release.
"""

from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

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
from posture.charts.strips import Strip, dumbbell_strip
from posture.reports.own_verdict import CATEGORY_OF_KIND, UNKNOWN
from posture.reports.pairs import ORGANIZATIONS, PairView
from posture.reports.panels import axis_of
from posture.reports.wording import NO_DIRECTION_TYPES
from surveys.instrument.questionnaire_definition import Item, Pair, Questionnaire

STATE_WORDS = {
    DONT_KNOW: _("Don't know"),
    NOT_APPLICABLE: _("Does not apply"),
    DECLINED: _("Preferred not to say"),
    BLANK: _("Left open"),
    ROUTED_OUT: _("Not asked"),
    NO_RESPONDENT: _("Nobody has answered yet"),
}
UNRECORDED = "unrecorded"
KIND_ORDER = (
    "over",
    UNRECORDED,
    "weak",
    "estimated",
    "no_evidence",
    "single",
    "under",
    "aligned",
    "incomplete",
)
VERDICTS = {
    UNRECORDED: _("Suspected, not on record"),
    "over": _("Over-confident"),
    "under": _("Under-confident"),
    "aligned": _("Aligned"),
    "weak": _("Weak evidence"),
    "estimated": _("Estimated without records"),
    "no_evidence": _("No evidence"),
    "single": _("One informant for both halves"),
    "incomplete": _("Incomplete"),
}
ADVICE = {
    UNRECORDED: _("The executive suspects an incident that the records do not hold. Check the records."),
    "over": _("Belief is ahead of the evidence. Take the record to whoever holds the belief."),
    "weak": _("No case is on record, but few agents are monitored: a clean record says little here."),
    "estimated": _("Somebody estimated this. Measure it before relying on it."),
    "no_evidence": _("Nobody could say what the record is. Find out whether there is one."),
    "single": _("One person answered both halves, so this compares a person with themselves."),
    "under": _("The record is better than believed. Tell people what is in place."),
    "aligned": _("Belief and evidence agree. Keep the record up to date."),
    "incomplete": _("One half is missing, so there is nothing to compare yet."),
}


@dataclass(frozen=True)
class OwnPair:
    """belief_dot, evidence_dot: the own answers on the axis of the pair; None where an answer has no place on it."""

    view: PairView
    belief: str
    evidence: str
    gap_value: float | None
    verdict_kind: str
    belief_dot: Dot | None
    evidence_dot: Dot | None
    is_larger: bool

    @property
    def strip(self) -> Strip | None:
        """Returns the drawing; None for yes-or-no pairs, where an answer of one organisation is no share."""
        if self.view.axis == ORGANIZATIONS:
            return None
        belief, evidence = self.view.typical
        marks = DumbbellRow(
            label=self.view.pair.label,
            belief=belief.dot,
            evidence=evidence.dot,
            own_belief=self.belief_dot,
            own_evidence=self.evidence_dot,
        )
        return dumbbell_strip(marks, axis_of(self.view))

    @property
    def gap(self) -> str:
        return number_text.figure(self.gap_value, self.unit) if self.gap_value is not None else ""

    @property
    def category(self) -> str:
        return CATEGORY_OF_KIND.get(self.verdict_kind, UNKNOWN)

    @property
    def unit(self) -> str:
        return "bands" if self.view.axis == "bands" else "points"

    @property
    def verdict(self) -> str:
        if self.view.pair.direction == "none":
            return str(NO_DIRECTION_TYPES.get(self.verdict_kind, VERDICTS[self.verdict_kind]))
        return str(VERDICTS[self.verdict_kind])

    @property
    def note(self) -> str:
        """Returns the advice if the verdict needs an explanation."""
        return "" if self.verdict_kind in (OVER, UNDER, ALIGNED) else self.advice

    @property
    def advice(self) -> str:
        if self.view.pair.direction == "none" and self.verdict_kind in ("over", "under"):
            return gettext("Belief and bill differ. Neither direction is better; agree on one number.")
        return str(ADVICE[self.verdict_kind])


def own_pair(view: PairView, questionnaire: Questionnaire, data: WaveData, *, is_larger: bool) -> OwnPair:
    """Returns the pair of the only organisation of `data`. is_larger: the view is of all organisations, because the
    cohort withholds the pair."""
    pair_values = pair_values_of(view.pair, questionnaire, data)
    kind = _kind(view.pair, pair_values)
    gap = float(pair_values.gap[0])
    has_number = kind in ("over", "under", "aligned", "weak", "single") and view.axis != ORGANIZATIONS
    return OwnPair(
        view=view,
        belief=answer_words(view.belief_item, data),
        evidence=answer_words(view.evidence_item, data),
        gap_value=gap if has_number else None,
        verdict_kind=kind,
        belief_dot=_own_dot(view, pair_values.belief),
        evidence_dot=_own_dot(view, pair_values.evidence),
        is_larger=is_larger,
    )


def verdict_kind(pair: Pair, questionnaire: Questionnaire, data: WaveData) -> str:
    """Returns the verdict on one pair of the only organisation of `data`, without the numbers."""
    return _kind(pair, pair_values_of(pair, questionnaire, data))


def _kind(pair: Pair, pair_values: PairValues) -> str:
    if pair_values.estimated[0]:
        return "estimated"
    if pair_values.no_evidence[0]:
        return "no_evidence"
    if pair_values.single_informant[0]:
        return "single"
    if not pair_values.complete[0]:
        return "incomplete"
    if pair_values.weak[0] and not pair_values.of_type(OVER)[0]:
        return "weak"
    if pair.gap == "informant" and pair_values.of_type(UNDER)[0]:
        return UNRECORDED
    return next(name for name in (OVER, UNDER, ALIGNED) if pair_values.of_type(name)[0])


def answer_words(item: Item, data: WaveData) -> str:
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


def _own_dot(view: PairView, values: np.ndarray) -> Dot | None:
    if view.axis == ORGANIZATIONS or np.isnan(values[0]):
        return None
    return Dot(float(values[0]), None, None, "")
