"""Belief, evidence, gap and type of each organisation for one pair.

The gap of an organisation is signed so that a value above zero means over-confident, for all kinds of pair:
percent          belief - evidence, in points
binary, derived  belief yes - evidence yes
informant        evidence yes - belief yes: a person who knows of fewer incidents than are on record is over-confident
ordinal_time     evidence band - belief band: slower than believed
Source   METHODS.md, "Gap".
"""

from dataclasses import dataclass

import numpy as np

from posture.analysis.answers.wave_data import DONT_KNOW, NO_EVIDENCE, Column, Mask, Numbers, WaveData
from surveys.instrument.questionnaire_definition import Item, Pair, Questionnaire

ALIGNED_WITHIN_POINTS = 10
ORDINAL = "ordinal_time"
PERCENT = "percent"
BINARY = ("binary", "binary_derived", "informant")

OVER, ALIGNED, UNDER = "over", "aligned", "under"


@dataclass(frozen=True)
class PairValues:
    """The values of a pair for each organisation; `belief`, `evidence` and `gap` are NaN where there is none.

    complete          two people answered belief and evidence, and the evidence is taken from records
    single_informant  the same, but one person answered both; counted separately
    estimated         belief answered, evidence estimated without records; counted separately
    no_evidence       belief answered, evidence unknown, never measured or only estimated
    weak              complete and yes, where the item that qualifies the evidence is low or unknown
    """

    pair: Pair
    belief: Numbers
    evidence: Numbers
    gap: Numbers
    complete: Mask
    single_informant: Mask
    estimated: Mask
    no_evidence: Mask
    weak: Mask

    @property
    def classified(self) -> Mask:
        return self.complete | self.no_evidence

    def of_type(self, name: str) -> Mask:
        """Selects the organisations of one type. A gap of exactly the limit is aligned."""
        limit = ALIGNED_WITHIN_POINTS if self.pair.gap == PERCENT else 0
        with np.errstate(invalid="ignore"):
            is_type = {OVER: self.gap > limit, UNDER: self.gap < -limit, ALIGNED: np.abs(self.gap) <= limit}[
                name
            ]
        return is_type & self.complete


def pair_values_of(pair: Pair, questionnaire: Questionnaire, data: WaveData) -> PairValues:
    """Computes the values of a pair.

    Missing  no respondent, blank, routed out, not applicable: the organisation is in none of the masks."""
    belief_column, evidence_column = data.item(pair.belief), data.item(pair.evidence)
    belief = _values(pair, questionnaire.item(pair.belief), pair.belief_yes, belief_column)
    evidence = _values(pair, questionnaire.item(pair.evidence), pair.evidence_yes, evidence_column)
    has_belief = ~np.isnan(belief)
    is_estimate = evidence_column.rests_on(*questionnaire.estimated_bases)
    estimated = has_belief & ~np.isnan(evidence) & is_estimate
    unknown = has_belief & evidence_column.is_in(DONT_KNOW, NO_EVIDENCE)
    is_pair = has_belief & ~np.isnan(evidence) & ~is_estimate
    one_informant = is_pair & (belief_column.informant == evidence_column.informant)
    complete = is_pair & ~one_informant
    return PairValues(
        pair=pair,
        belief=belief,
        evidence=evidence,
        gap=_gap(pair, belief, evidence),
        complete=complete,
        single_informant=one_informant,
        estimated=estimated,
        no_evidence=unknown | estimated,
        weak=complete & _is_weak(pair, evidence, data),
    )


def _gap(pair: Pair, belief: Numbers, evidence: Numbers) -> Numbers:
    reversed_sign = pair.gap in ("informant", ORDINAL)
    return evidence - belief if reversed_sign else belief - evidence


def _values(pair: Pair, item: Item, counts_as_yes: tuple[str, ...], column: Column) -> Numbers:
    if pair.gap == PERCENT:
        values = column.number
    elif pair.gap == ORDINAL:
        bands = {option.code: option.band for option in item.options}
        band_numbers = [bands[code] for code in column.options]
        values = np.array([*band_numbers, None], dtype=float)[column.first_chosen()]
    else:
        values = column.chose(*counts_as_yes)
    return np.where(column.answered, values.astype(float), np.nan)


def _is_weak(pair: Pair, evidence: Numbers, data: WaveData) -> Mask:
    """Whether the evidence of an organisation is weak: no confirmed case, but few agents are monitored, or the number
    of monitored agents is unknown."""
    if pair.read_with is None:
        return np.zeros(len(evidence), dtype=bool)
    column = data.item(pair.read_with.item)
    return (evidence == 1) & ~(column.answered & (column.number >= pair.read_with.below))
