"""Narrows each sum by the published rows: every row bounds each of its columns by the bounds of its other columns."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from tests.disclosure.system import Functional

SWEEPS = 60
SLACK = 1e-6
STANDS_STILL = 1e-5


@dataclass(frozen=True)
class Step:
    """One row that moved one end of a column."""

    sweep: int
    row: int
    before: float
    after: float


@dataclass
class Narrowed:
    """The present bounds. low, high: one entry for each column. `is_whole`: columns that can only be whole numbers.
    With `keeps_steps` the rows behind each end are kept, by column and end."""

    low: np.ndarray
    high: np.ndarray
    is_whole: np.ndarray
    keeps_steps: bool = False
    steps: dict[tuple[int, str], list[Step]] = field(default_factory=dict)

    @property
    def is_fixed(self) -> np.ndarray:
        found: np.ndarray = self.high - self.low < STANDS_STILL
        return found

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

    def narrow(self, known: Narrowed) -> None:
        """Narrows the bounds until nothing changes."""
        is_up = self.factors > 0
        for sweep in range(SWEEPS):
            least = self.factors * np.where(is_up, known.low[self.columns], known.high[self.columns])
            room = self.ends - np.bincount(self.rows, weights=least, minlength=len(self.ends))
            reach = (room[self.rows] + least) / self.factors
            high, low = known.high.copy(), known.low.copy()
            np.minimum.at(high, self.columns[is_up], reach[is_up] + SLACK / 10)
            np.maximum.at(low, self.columns[~is_up], reach[~is_up] - SLACK / 10)
            whole = known.is_whole
            high[whole], low[whole] = np.floor(high[whole] + SLACK), np.ceil(low[whole] - SLACK)
            moved = {"high": high < known.high - STANDS_STILL, "low": low > known.low + STANDS_STILL}
            if known.keeps_steps:
                self._keep(known, sweep, reach, is_up, {"high": high, "low": low}, moved)
            known.high, known.low = np.maximum(high, low), low
            if not any(one.any() for one in moved.values()):
                return

    def _keep(
        self,
        known: Narrowed,
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
            before = known.high if side == "high" else known.low
            for column, row in tightest.items():
                step = Step(sweep, row, float(before[column]), float(ends[side][column]))
                known.steps.setdefault((column, side), []).append(step)

    def chain(
        self, known: Narrowed, column: int, side: str, *, depth: int = 8
    ) -> Iterator[tuple[int, int, str, Step]]:
        """Yields the steps behind one end of a column: depth, column, end and step, the last one first."""
        seen: set[tuple[int, str, int]] = set()

        def before(column: int, side: str, sweep: int, level: int) -> Iterator[tuple[int, int, str, Step]]:
            steps = [one for one in known.steps.get((column, side), []) if one.sweep < sweep]
            if not steps or level > depth or (column, side, steps[-1].sweep) in seen:
                return
            step = steps[-1]
            seen.add((column, side, step.sweep))
            yield level, column, side, step
            row = self.matrix.getrow(step.row)
            for other, factor in zip(row.indices, row.data, strict=True):
                if other != column:
                    yield from before(int(other), "low" if factor > 0 else "high", step.sweep, level + 1)

        yield from before(column, side, SWEEPS, 0)
