"""Computes the sums of every measure from which each number of a cut follows.

For a yes or no: the number in the base, and the number of yes. For an amount: the number in the base, the sum and the
sum of squares. Each of these without weight, times the weight, and times the weight squared.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from posture.analysis.cubes.frame import Frame

WEIGHT_POWERS = 3
ROWS_AT_ONCE = 8192


class MeasureSums(NamedTuple):
    """Sums [groups, measures] of one kind, for one power of the weight; `squares` is `hits` for a yes or no."""

    counted: np.ndarray
    added: np.ndarray
    squares: np.ndarray


@dataclass(frozen=True)
class Layout:
    """The positions of sums in a row: for each power of the weight all counts, then yes, then amounts."""

    yes_no: int
    amounts: int

    @property
    def width(self) -> int:
        return 2 * self.yes_no + 3 * self.amounts

    @property
    def columns(self) -> int:
        return WEIGHT_POWERS * self.width

    def of_yes_no(self, sums: np.ndarray, power: int) -> MeasureSums:
        counted, hits = self._blocks(sums, power)[:2]
        return MeasureSums(counted, hits, hits)

    def of_amounts(self, sums: np.ndarray, power: int) -> MeasureSums:
        return MeasureSums(*self._blocks(sums, power)[2:])

    def _blocks(self, sums: np.ndarray, power: int) -> list[np.ndarray]:
        ends = np.cumsum([self.yes_no] * 2 + [self.amounts] * 3)
        start = power * self.width
        return [
            sums[:, start + end - size : start + end]
            for end, size in zip(ends.tolist(), [self.yes_no] * 2 + [self.amounts] * 3, strict=True)
        ]

    def columns_of(self, chosen: "MeasurePositions") -> np.ndarray:
        """The columns of some measures, in the order of the layout of these measures only."""
        first_amounts = [2 * self.yes_no + block * self.amounts for block in range(3)]
        unweighted_columns = np.concatenate(
            [
                chosen.yes_no,
                self.yes_no + chosen.yes_no,
                *(first + chosen.amounts for first in first_amounts),
            ]
        )
        return np.concatenate([power * self.width + unweighted_columns for power in range(WEIGHT_POWERS)])


class MeasurePositions(NamedTuple):
    """Positions of measures among the yes-or-no measures and among the amounts."""

    yes_no: np.ndarray
    amounts: np.ndarray


def sums_by_run(
    frame: Frame, ends: np.ndarray, rows: np.ndarray | None = None, chosen: MeasurePositions | None = None
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yields sums of runs of neighbouring rows, for one block of rows at a time: the runs, and the amount that these
    rows add to each of them. A run that continues in the next block is yielded again. The array is reused for each
    block.

    Input    ends: the end of each run, counted in `rows` when given (positions in the frame), else in the frame; no
             run is empty. chosen: the measures, all when None.
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
        block_rows = slice(lowest, highest) if rows is None else rows[lowest:highest]
        pointers = np.concatenate([[lowest], np.minimum(ends[runs], highest)]) - lowest
        run_sums = sums[: runs.stop - runs.start]
        answers, numbers, weights = (
            _rows_of(array, block_rows) for array in (frame.binary, frame.numeric, frame.weights)
        )
        if chosen is not None:
            answers, numbers = answers[:, chosen.yes_no], numbers[:, chosen.amounts]
        _fill(values[: highest - lowest], answers, numbers)
        _sum(run_sums, values[: highest - lowest], weights, pointers.astype(np.int32))
        yield runs, run_sums


def _sum(target: np.ndarray, values: np.ndarray, weights: np.ndarray, pointers: np.ndarray) -> None:
    places, width = np.arange(len(weights), dtype=np.int32), values.shape[1]
    factor = np.ones(len(weights))
    for power in range(WEIGHT_POWERS):
        runs = csr_array((factor, places, pointers), shape=(len(target), len(weights)))
        target[:, power * width : (power + 1) * width] = runs @ values
        factor = factor * weights


def _rows_of(array: np.ndarray, rows: np.ndarray | slice) -> np.ndarray:
    return array[rows] if isinstance(rows, slice) else array.take(rows, axis=0)


def _fill(values: np.ndarray, answers: np.ndarray, numbers: np.ndarray) -> None:
    """Fills in the contribution of each row with weight 1."""
    yes_no, amounts = answers.shape[1], numbers.shape[1]
    values[:, :yes_no] = (answers >= 0).view(np.int8)
    values[:, yes_no : 2 * yes_no] = (answers == 1).view(np.int8)
    if amounts:
        has_number = ~np.isnan(numbers)
        filled = np.where(has_number, numbers, 0).astype(float)
        values[:, 2 * yes_no :] = np.concatenate([has_number, filled, filled * filled], axis=1)
