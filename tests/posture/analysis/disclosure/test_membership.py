"""Tests that withholding depends on who answered and not on the answers: after answers are permuted, the same cells
are withheld."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.analysis.answers.wave_data import DONT_KNOW, NO_EVIDENCE, WaveData
from posture.analysis.disclosure.protected_cells import ProtectedCells, protected_cells
from posture.analysis.disclosure.suppression import withheld
from posture.analysis.estimates.cells import series_of
from tests.posture.analysis.small_waves import Line, choice, number, small, special, wave

K = 5
UNITS = 40


def answers() -> WaveData:
    """Some know, some do not, some were not asked, and one of the sectors is small."""
    random = Random(7)
    lines: list[Line] = []
    for unit in range(UNITS):
        lines.append(number(unit, "A-C", random.randrange(101), informant=0))
        if random.random() < 0.8:
            lines.append(number(unit, "A-R", random.randrange(101), informant=random.choice([1, 1, 0])))
        else:
            lines.append(special(unit, "A-R", random.choice([DONT_KNOW, NO_EVIDENCE]), informant=1))
        for item in ("I-C", "I-R"):
            if random.random() < 0.9:
                lines.append(choice(unit, item, random.choice(["yes", "no"]), informant=int(item == "I-R")))
    sectors = random.choices(["healthcare", "retail", "energy", ""], weights=[5, 5, 1, 2], k=UNITS)
    return wave(UNITS, lines, sector=sectors, region=random.choices(["europe", "asia-pacific"], k=UNITS))


def permuted(data: WaveData, shuffled: Callable[[list[int]], list[int]]) -> WaveData:
    """Permutes substantive answers among the organisations that gave one."""
    columns = {}
    for code, column in data.columns.items():
        numbers, chosen = column.number.copy(), column.chosen.copy()
        places = np.flatnonzero(column.answered).tolist()
        others = shuffled(places)
        numbers[places], chosen[:, places] = column.number[others], column.chosen[:, others]
        columns[code] = replace(column, number=numbers, chosen=chosen)
    return replace(data, columns=columns)


def cells_of(data: WaveData) -> ProtectedCells:
    return protected_cells(list(series_of(data, small(), ())), list(data.cohorts()))


def hidden_of(protected: ProtectedCells) -> set[int]:
    return withheld(protected.cells, k=K, sizes=protected.sizes)


@given(st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_what_is_withheld_does_not_depend_on_what_was_answered(random: Random) -> None:
    before, after = (
        cells_of(answers()),
        cells_of(permuted(answers(), lambda places: random.sample(places, len(places)))),
    )
    expected = hidden_of(before)
    assert expected
    assert len(expected) < len(before.cells)
    assert hidden_of(after) == expected


def test_a_decision_that_depends_on_answers_would_be_seen() -> None:
    """The negative control: the size of a cell is the number of yes in it."""

    def faulty(data: WaveData) -> set[int]:
        cohorts = list(data.cohorts())
        yes = data.item("I-R").chose("yes")
        sizes = [int((series.base & cohort.members & yes).sum())
                 for series in series_of(data, small(), ()) for cohort in cohorts]  # fmt: skip
        protected = cells_of(data)
        cells = zip(protected.cells, sizes, strict=True)
        return hidden_of(replace(protected, cells=[replace(cell, base=size) for cell, size in cells]))

    assert faulty(answers()) != faulty(permuted(answers(), lambda places: places[::-1]))
