"""Computes the evidence score of each organisation: 0 to 100, more is better. A domain is the mean of its applicable
answered items. The maturity is the mean of the domains, which have equal weight.

An answer that says that nothing is known counts as nothing in place: "don't know" and "no evidence" are answers worth
0. An item that does not apply, or was not asked, is left out. An item that was left open, declined or estimated
without records is not answered.
Source   METHODS.md, "Evidence score".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from posture.analysis.answers.wave_data import (
    DONT_KNOW,
    NO_EVIDENCE,
    NOT_APPLICABLE,
    ROUTED_OUT,
    Column,
    Mask,
    WaveData,
)
from posture.definitions.scores import WORTH, Domain, ScoredItem, ScoreFile
from surveys.instrument.questionnaire_definition import Questionnaire

MATURITY = "maturity"


@dataclass(frozen=True)
class ScorePart:
    """A component of a score: an item, or for the maturity a domain. points: the worth of each option, of 100; empty
    where the number or score itself counts. leaves: options that say that the item does not apply. counted: the
    organisations whose score includes it."""

    subject: str
    counted: Mask
    points: Mapping[str, float] = field(default_factory=dict)
    leaves: tuple[str, ...] = ()


@dataclass(frozen=True)
class Score:
    """A score, with one entry for each organisation. value: NaN where fewer than 60 % of the applicable items were
    answered. answered, applicable: numbers of items, for the maturity numbers of domains."""

    code: str
    value: np.ndarray
    answered: np.ndarray
    applicable: np.ndarray
    parts: tuple[ScorePart, ...] = ()


def scores_of(file: ScoreFile, questionnaire: Questionnaire, data: WaveData) -> list[Score]:
    """Computes the scores: the domains in the order of the file, then the maturity."""
    domains = [_domain(domain, questionnaire, data) for domain in file.domains]
    applies = np.array([domain.applicable > 0 for domain in domains])
    values = np.array([domain.value for domain in domains])
    return [
        *domains,
        _mean(
            MATURITY, values, applies, [ScorePart(domain.code, ~np.isnan(domain.value)) for domain in domains]
        ),
    ]


def _domain(domain: Domain, questionnaire: Questionnaire, data: WaveData) -> Score:
    estimated = tuple(questionnaire.estimated_bases)
    worths, applies, parts = [], [], []
    for scored in domain.items:
        column = data.item(scored.item)
        worths.append(100 * _worth(scored, column, estimated))
        applies.append(_applies(scored, column))
        counted = applies[-1] & ~np.isnan(worths[-1])
        parts.append(ScorePart(scored.item, counted, _points(scored), scored.leaves))
    return _mean(domain.code, np.array(worths), np.array(applies), parts)


def _points(scored: ScoredItem) -> dict[str, float]:
    return {option: 100 * worth for name, worth in WORTH.items() for option in getattr(scored, name)}


def _mean(code: str, values: np.ndarray, applies: np.ndarray, parts: list[ScorePart]) -> Score:
    answered = applies & ~np.isnan(values)
    counts, applicable = answered.sum(axis=0), applies.sum(axis=0)
    is_enough = (counts > 0) & (5 * counts >= 3 * applicable)
    total = np.where(answered, values, 0.0).sum(axis=0)
    value = np.where(is_enough, total / np.maximum(counts, 1), np.nan)
    return Score(code, value, counts, applicable, tuple(parts))


def _applies(scored: ScoredItem, column: Column) -> Mask:
    return ~column.is_in(NOT_APPLICABLE, ROUTED_OUT) & ~column.chose(*scored.leaves)


def _worth(scored: ScoredItem, column: Column, estimated: tuple[str, ...]) -> np.ndarray:
    """The worth of each answer, 0 to 1; NaN where there is no answer."""
    if scored.coded:
        worths = np.full(len(column.state), np.nan)
        for name, worth in WORTH.items():
            worths[column.chose(*getattr(scored, name))] = worth
    else:
        worths = column.number.astype(float) / 100
    worths = np.where(column.answered & ~column.rests_on(*estimated), worths, np.nan)
    return np.where(column.is_in(DONT_KNOW, NO_EVIDENCE), 0.0, worths)
