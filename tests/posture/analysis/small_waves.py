"""Builds waves written by hand: one line for each answer."""

import numpy as np

from posture.analysis.answers.wave_data import ANSWERED, STATES, Column, WaveData, segment_codes
from surveys.fieldwork.questionnaire_loader import DEFINITIONS
from surveys.instrument.cohorts import DIMENSIONS
from surveys.instrument.questionnaire_definition import Questionnaire, parse
from tests.support.builders import SMALL

Line = tuple[int, str, str, int | None, tuple[str, ...], str, int]


def shipped() -> Questionnaire:
    return parse(
        (DEFINITIONS / "ai-agent-security-2026.2.toml").read_text(), name="ai-agent-security-2026.2.toml"
    )


def small() -> Questionnaire:
    return parse(SMALL, name="small-1.toml")


def number(unit: int, item: str, value: int, *, basis: str = "", informant: int = 0) -> Line:
    return unit, item, ANSWERED, value, (), basis, informant


def choice(unit: int, item: str, *codes: str, basis: str = "", informant: int = 0) -> Line:
    return unit, item, ANSWERED, None, codes, basis, informant


def special(unit: int, item: str, state: str, *, informant: int = 0) -> Line:
    return unit, item, state, None, (state.replace("_", "-"),), "", informant


def wave(units: int, lines: list[Line], **dimensions: list[str]) -> WaveData:
    segments = {
        dimension.code: segment_codes(dimension, dimensions.get(dimension.code, [""] * units))
        for dimension in DIMENSIONS
    }
    by_item: dict[str, list[Line]] = {}
    for line in lines:
        by_item.setdefault(str(line[1]), []).append(line)
    columns = {code: _column(units, of_item) for code, of_item in by_item.items()}
    return WaveData(np.arange(units, dtype=np.int64), segments, columns)


def _column(units: int, lines: list[Line]) -> Column:
    options = tuple(dict.fromkeys(code for line in lines for code in line[4]))
    bases = tuple(dict.fromkeys(line[5] for line in lines if line[5]))
    column = Column.empty(units, options=options, bases=bases, number=np.float64)
    for unit, _, state, value, chosen, basis, informant in lines:
        column.state[unit] = STATES.index(state)
        if value is not None:
            column.number[unit] = value
        for code in chosen:
            column.chosen[options.index(code) // 8, unit] |= 1 << options.index(code) % 8
        column.basis[unit] = 1 + bases.index(basis) if basis else 0
        column.informant[unit] = informant
    return column
