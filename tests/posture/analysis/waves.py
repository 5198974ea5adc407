"""Waves written out by hand: one line for each answer."""

import pandas as pd

from posture.analysis.wave_data import ANSWERED, COLUMNS, WaveData
from surveys.catalogue import DEFINITIONS
from surveys.instrument import Questionnaire, parse
from tests.builders import SMALL

Line = tuple[object, ...]


def shipped() -> Questionnaire:
    return parse(
        (DEFINITIONS / "ai-agent-security-2026.1.toml").read_text(), name="ai-agent-security-2026.1.toml"
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
    empty = [""] * units
    columns = {name: dimensions.get(name, empty) for name in ("sector", "size_band", "region")}
    index = pd.Index(range(units), name="unit")
    return WaveData(pd.DataFrame(columns, index=index), pd.DataFrame(lines, columns=list(COLUMNS)))
