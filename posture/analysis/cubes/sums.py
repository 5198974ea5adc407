"""What is added up for every measure, so that each number of a cut follows from sums.

For a yes or no: how many are in the base, and how many say yes. For an amount: how many, their sum and the sum of their
squares. Each of these plain, times the weight, and times the weight squared.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from posture.analysis.cubes.frame import Frame

WEIGHT_POWERS = 3
ROWS_AT_ONCE = 8192


class Sums(NamedTuple):
    """[groups, measures] of one kind, for one power of the weight; `squares` is `hits` where it is yes or no."""

    counted: np.ndarray
    added: np.ndarray
    squares: np.ndarray


@dataclass(frozen=True)
class Layout:
    """Where in a row of sums they stand: for each power of the weight all counts, then yes, then amounts."""

    yes_no: int
    amounts: int

    @property
    def width(self) -> int:
        return 2 * self.yes_no + 3 * self.amounts

    @property
    def columns(self) -> int:
        return WEIGHT_POWERS * self.width

    def of_yes_no(self, sums: np.ndarray, power: int) -> Sums:
        counted, hits = self._blocks(sums, power)[:2]
        return Sums(counted, hits, hits)

    def of_amounts(self, sums: np.ndarray, power: int) -> Sums:
        return Sums(*self._blocks(sums, power)[2:])

    def _blocks(self, sums: np.ndarray, power: int) -> list[np.ndarray]:
        ends = np.cumsum([self.yes_no] * 2 + [self.amounts] * 3)
        start = power * self.width
        return [
            sums[:, start + end - size : start + end]
            for end, size in zip(ends.tolist(), [self.yes_no] * 2 + [self.amounts] * 3, strict=True)
        ]

    def columns_of(self, chosen: "Chosen") -> np.ndarray:
        """The columns of some measures, in the order of the layout of just these."""
        first_amounts = [2 * self.yes_no + block * self.amounts for block in range(3)]
        once = np.concatenate(
            [
                chosen.yes_no,
                self.yes_no + chosen.yes_no,
                *(first + chosen.amounts for first in first_amounts),
            ]
        )
        return np.concatenate([power * self.width + once for power in range(WEIGHT_POWERS)])


class Chosen(NamedTuple):
    """Places of measures among the yes or no and among the amounts."""

    yes_no: np.ndarray
    amounts: np.ndarray


def sums_by_run(
    frame: Frame, ends: np.ndarray, rows: np.ndarray | None = None, chosen: Chosen | None = None
) -> Iterator[tuple[slice, np.ndarray]]:
    """Sums of runs of neighbouring rows, some rows at a time: which runs, and what these rows add to each of them.
    A run that goes on comes again. The array is filled anew each time.

    Input    ends: where each run ends, counted in `rows` when given (places in the frame), else in the frame; no run
             is empty. chosen: the measures, all when None.
    """
    count = int(ends[-1]) if len(ends) else 0
    layout = Layout(*map(len, chosen or (frame.yes_no, frame.amounts)))
    values = np.empty((min(count, ROWS_AT_ONCE), layout.width))
    sums = np.empty((min(len(ends), ROWS_AT_ONCE), WEIGHT_POWERS * values.shape[1]))
    for lowest in range(0, count, ROWS_AT_ONCE):
        highest = min(lowest + ROWS_AT_ONCE, count)
        runs = slice(
            int(np.searchsorted(ends, lowest, side="right")),
            int(np.searchsorted(ends, highest, side="left")) + 1,
        )
        taken = slice(lowest, highest) if rows is None else rows[lowest:highest]
        pointers = np.concatenate([[lowest], np.minimum(ends[runs], highest)]) - lowest
        found = sums[: runs.stop - runs.start]
        answers, numbers, weights = (
            _taken(array, taken) for array in (frame.binary, frame.numeric, frame.weights)
        )
        if chosen is not None:
            answers, numbers = answers[:, chosen.yes_no], numbers[:, chosen.amounts]
        _fill(values[: highest - lowest], answers, numbers)
        _sum(found, values[: highest - lowest], weights, pointers.astype(np.int32))
        yield runs, found


def _sum(found: np.ndarray, values: np.ndarray, weights: np.ndarray, pointers: np.ndarray) -> None:
    places, width = np.arange(len(weights), dtype=np.int32), values.shape[1]
    factor = np.ones(len(weights))
    for power in range(WEIGHT_POWERS):
        runs = csr_array((factor, places, pointers), shape=(len(found), len(weights)))
        found[:, power * width : (power + 1) * width] = runs @ values
        factor = factor * weights


def _taken(array: np.ndarray, rows: np.ndarray | slice) -> np.ndarray:
    return array[rows] if isinstance(rows, slice) else array.take(rows, axis=0)


def _fill(values: np.ndarray, answers: np.ndarray, numbers: np.ndarray) -> None:
    """What each row adds when its weight is 1."""
    yes_no, amounts = answers.shape[1], numbers.shape[1]
    values[:, :yes_no] = (answers >= 0).view(np.int8)
    values[:, yes_no : 2 * yes_no] = (answers == 1).view(np.int8)
    if amounts:
        known = ~np.isnan(numbers)
        kept = np.where(known, numbers, 0).astype(float)
        values[:, 2 * yes_no :] = np.concatenate([known, kept, kept * kept], axis=1)
