"""Benchmark of suppression for a wave in memory: without a database, and without the numbers themselves."""

import time
from typing import NamedTuple

import numpy as np

from benchmarks.generator import SEED
from benchmarks.protocol import Call
from posture.analysis.answers.wave_data import Cohort, WaveData
from posture.analysis.disclosure.protected_cells import protected_cells
from posture.analysis.disclosure.suppression import withheld
from posture.analysis.estimates.cells import ITEM, Exposure, Series
from surveys.instrument.cohorts import CROSSED, DIMENSIONS

K = 10
ITEMS = 50
CUTS = tuple(
    f"{first.code}{CROSSED}{second.code}"
    for place, first in enumerate(DIMENSIONS)
    for second in DIMENSIONS[place + 1 :]
)


class SuppressionResult(NamedTuple):
    """seconds: processor time. atoms: the largest number of groups of organisations that one variable
    distinguishes."""

    cells: int
    withheld: int
    atoms: int
    seconds: float


def prepare(organizations: int) -> Call:
    """Generates all cohorts and three crossed cuts; for each item the organisations asked, those that answered, and
    those among them that knew."""
    random = np.random.Generator(np.random.PCG64([SEED, organizations]))
    segments = {
        dimension.code: random.integers(0, len(dimension.codes) + 1, organizations, dtype=np.uint8)
        for dimension in DIMENSIONS
    }
    data = WaveData(np.arange(organizations), segments, {}, crossed=CUTS, smallest_cohort=K)
    cohorts = list(data.cohorts())
    series = [
        dimension for number in range(ITEMS) for dimension in _series(f"Q{number}", organizations, random)
    ]
    return lambda: _suppress(series, cohorts)


def _series(item: str, organizations: int, random: np.random.Generator) -> list[Series]:
    is_asked = random.random(organizations, dtype=np.float32) < 0.9
    answered_any = is_asked & (random.random(organizations, dtype=np.float32) < 0.95)
    substantive = answered_any & (random.random(organizations, dtype=np.float32) < 0.9)
    answered = Exposure(f"{item} answered", answered_any)
    return [
        Series(ITEM, item, answered_any, (answered, Exposure(f"{item} substantive", substantive)), ()),
        Series(
            ITEM, item, is_asked & ~answered_any, (Exposure(f"{item} blank", is_asked & ~answered_any),), ()
        ),
        Series(ITEM, item, is_asked, (answered, Exposure(f"{item} asked", is_asked)), ()),
    ]


def _suppress(series: list[Series], cohorts: list[Cohort]) -> SuppressionResult:
    started = time.process_time()
    protected = protected_cells(series, cohorts)
    hidden = withheld(protected.cells, k=K, sizes=protected.sizes)
    seconds = time.process_time() - started
    return SuppressionResult(
        len(protected.cells), len(hidden), max(map(len, protected.sizes.values())), seconds
    )
