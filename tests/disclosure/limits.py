"""Narrows each sum by the published rows: every row bounds each of its columns by the bounds of its other columns."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from tests.disclosure.system import Functional

SWEEPS = 60
SLACK = 1e-6
SMALLEST_STEP = 1e-5


@dataclass(frozen=True)
class NarrowingStep:
    """One row that moved one end of a column."""

    sweep: int
    row: int
    before: float
    after: float


@dataclass
class Bounds:
    """The present bounds. low, high: one entry for each column. `is_whole`: columns that can only be whole numbers.
    With `keeps_steps` the rows behind each end are kept, by column and end."""

    low: np.ndarray
    high: np.ndarray
    is_whole: np.ndarray
    keeps_steps: bool = False
    steps: dict[tuple[int, str], list[NarrowingStep]] = field(default_factory=dict)

    @property
    def is_fixed(self) -> np.ndarray:
        is_fixed_column: np.ndarray = self.high - self.low < SMALLEST_STEP
        return is_fixed_column

    def of(self, functional: Functional) -> tuple[float, float]:
        low = high = 0.0
        for place, factor in functional.items():
            ends = factor * self.low[place], factor * self.high[place]
            low, high = low + min(ends), high + max(ends)
        return low, high

    def fix(self, columns: np.ndarray, values: np.ndarray) -> None:
        values = np.where(self.is_whole[columns], np.round(values[columns]), values[columns])
        self.low[columns] = self.high[columns] = values


class Limits:
    """The inequalities matrix x <= ends, in the order of `reasons`."""

    def __init__(
        self, equations: sparse.csr_matrix, right: np.ndarray, limits: sparse.csr_matrix, most: np.ndarray
    ) -> None:
        self.matrix = sparse.vstack([equations, -equations, limits]).tocsr()
        self.ends = np.concatenate([right, -right, most])
        entries = self.matrix.tocoo()
        self.rows, self.columns, self.factors = entries.row, entries.col, entries.data

    def narrow(self, bounds: Bounds) -> None:
        """Narrows the bounds until nothing changes."""
        is_up = self.factors > 0
        for sweep in range(SWEEPS):
            least = self.factors * np.where(is_up, bounds.low[self.columns], bounds.high[self.columns])
            slack = self.ends - np.bincount(self.rows, weights=least, minlength=len(self.ends))
            reach = (slack[self.rows] + least) / self.factors
            high, low = bounds.high.copy(), bounds.low.copy()
            np.minimum.at(high, self.columns[is_up], reach[is_up] + SLACK / 10)
            np.maximum.at(low, self.columns[~is_up], reach[~is_up] - SLACK / 10)
            is_whole = bounds.is_whole
            high[is_whole], low[is_whole] = np.floor(high[is_whole] + SLACK), np.ceil(low[is_whole] - SLACK)
            moved = {"high": high < bounds.high - SMALLEST_STEP, "low": low > bounds.low + SMALLEST_STEP}
            if bounds.keeps_steps:
                self._keep(bounds, sweep, reach, is_up, {"high": high, "low": low}, moved)
            bounds.high, bounds.low = np.maximum(high, low), low
            if not any(is_moved.any() for is_moved in moved.values()):
                return

    def _keep(
        self,
        bounds: Bounds,
        sweep: int,
        reach: np.ndarray,
        is_up: np.ndarray,
        ends: dict[str, np.ndarray],
        moved: dict[str, np.ndarray],
    ) -> None:
        for side, entries, sign in (("high", is_up, 1.0), ("low", ~is_up, -1.0)):
            places = np.flatnonzero(entries & moved[side][self.columns])
            order = places[np.argsort(-sign * reach[places], kind="stable")]
            tightest = dict(zip(self.columns[order].tolist(), self.rows[order].tolist(), strict=True))
            ends_before = bounds.high if side == "high" else bounds.low
            for column, row in tightest.items():
                step = NarrowingStep(sweep, row, float(ends_before[column]), float(ends[side][column]))
                bounds.steps.setdefault((column, side), []).append(step)

    def chain(
        self, bounds: Bounds, column: int, side: str, *, depth: int = 8
    ) -> Iterator[tuple[int, int, str, NarrowingStep]]:
        """Yields the steps behind one end of a column: depth, column, end and step, the last one first."""
        listed: set[tuple[int, str, int]] = set()

        def before(
            column: int, side: str, sweep: int, level: int
        ) -> Iterator[tuple[int, int, str, NarrowingStep]]:
            steps = [
                step_before
                for step_before in bounds.steps.get((column, side), [])
                if step_before.sweep < sweep
            ]
            if not steps or level > depth or (column, side, steps[-1].sweep) in listed:
                return
            step = steps[-1]
            listed.add((column, side, step.sweep))
            yield level, column, side, step
            row = self.matrix.getrow(step.row)
            for other_column, factor in zip(row.indices, row.data, strict=True):
                if other_column != column:
                    yield from before(
                        int(other_column), "low" if factor > 0 else "high", step.sweep, level + 1
                    )

        yield from before(column, side, SWEEPS, 0)
