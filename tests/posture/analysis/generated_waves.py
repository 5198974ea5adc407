"""Generates random waves of answers: any share of missing answers, of one answer and of one informant, any size of
cohort."""

from functools import cache

import numpy as np

from posture.analysis.answers.wave_data import (
    ANSWERED,
    BLANK,
    DECLINED,
    DONT_KNOW,
    NO_EVIDENCE,
    NO_RESPONDENT,
    NOT_APPLICABLE,
    ROUTED_OUT,
    STATES,
    Column,
    WaveData,
    segment_codes,
)
from surveys.instrument.cohorts import DIMENSIONS
from surveys.instrument.questionnaire_definition import Item, Questionnaire
from tests.posture.analysis.small_waves import shipped

PAIRS = ("POL-P1", "POL-P3", "INC-P1", "INC-P2", "IAM-P1")
STATE_OF = {"dont_know": DONT_KNOW, "no_evidence": NO_EVIDENCE, "not_applicable": NOT_APPLICABLE,
            "declined": DECLINED}  # fmt: skip
SEGMENTS = {"sector": ["healthcare", "retail", "technology", ""], "region": ["europe", "north-america"]}


@cache
def five_pairs() -> Questionnaire:
    """Returns one pair of each kind, with the items that it is routed by and read with."""
    whole = shipped()
    pairs = tuple(pair for pair in whole.pairs if pair.code in PAIRS)
    wanted = {code for pair in pairs for code in (pair.belief, pair.evidence)}
    wanted |= {pair.read_with.item for pair in pairs if pair.read_with}
    for _ in range(3):
        wanted |= {item.ask_if.item for item in whole.items if item.code in wanted and item.ask_if}
    items = tuple(item for item in whole.items if item.code in wanted)
    return whole.model_copy(update={"pairs": pairs, "items": items})


def generated_wave(seed: int, organizations: int, silence: float, agreement: float) -> WaveData:
    """Generates a wave. silence: the largest share of answers without substance. agreement: how often all answer the
    same, from 0 to 1."""
    random, questionnaire = np.random.default_rng(seed), five_pairs()
    segments = {}
    for dimension in DIMENSIONS:
        codes = SEGMENTS.get(dimension.code, [""])
        weights = random.dirichlet(np.ones(len(codes)))
        segments[dimension.code] = segment_codes(
            dimension, list(random.choice(codes, organizations, p=weights))
        )
    columns: dict[str, Column] = {}
    for item in questionnaire.items:
        column = _column(item, questionnaire, organizations, random, silence * random.random(), agreement)
        if item.ask_if is not None and item.ask_if.item in columns:
            gate = columns[item.ask_if.item]
            is_open = (
                gate.chose(*item.ask_if.any_of)
                if item.ask_if.any_of
                else gate.answered & (gate.number != item.ask_if.not_equal)
            )
            _close(column, ~is_open)
        columns[item.code] = column
    return WaveData(np.arange(organizations, dtype=np.int64), segments, columns)


def _close(column: Column, closed: np.ndarray) -> None:
    column.state[closed] = STATES.index(ROUTED_OUT)
    if column.has_numbers:
        column.number[closed] = np.nan
    column.chosen[:, closed] = 0
    column.basis[closed] = 0


def _column(
    item: Item,
    questionnaire: Questionnaire,
    organizations: int,
    random: np.random.Generator,
    silence: float,
    agreement: float,
) -> Column:
    substantive = [place for place, option in enumerate(item.options) if option.is_substantive]
    special = [place for place, option in enumerate(item.options) if not option.is_substantive]
    bases = tuple(basis.code for basis in questionnaire.evidence_bases) if item.kind == "evidence" else ()
    column = Column.empty(
        organizations,
        options=tuple(option.code for option in item.options),
        bases=bases,
        number=np.float64 if item.is_numeric else None,
    )
    favourite = random.choice(substantive) if substantive else 0
    amounts = random.choice([0, 5, 50, 100], size=2)
    for unit in range(organizations):
        column.informant[unit] = random.integers(0, 2)
        if random.random() < silence:
            _say_nothing(column, item, unit, random, special)
            continue
        column.state[unit] = STATES.index(ANSWERED)
        agrees = random.random() < agreement
        if item.is_numeric:
            column.number[unit] = amounts[0] if agrees else random.choice([*amounts, random.integers(0, 101)])
        else:
            place = favourite if agrees else random.choice(substantive)
            column.chosen[place // 8, unit] |= 1 << place % 8
        if bases:
            column.basis[unit] = random.integers(0, len(bases) + 1)
    return column


def _say_nothing(
    column: Column, item: Item, unit: int, random: np.random.Generator, special: list[int]
) -> None:
    place = random.choice([*special, -1, -2])
    if place < 0:
        column.state[unit] = STATES.index(BLANK if place == -1 else NO_RESPONDENT)
        return
    column.state[unit] = STATES.index(STATE_OF[item.options[place].meaning])
    column.chosen[place // 8, unit] |= 1 << place % 8
