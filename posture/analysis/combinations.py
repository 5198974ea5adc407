"""Numbers that follow from exact ones by a combination of sums, where no single sum gives them away.

The unknown numbers of all sums are a linear system. One of them is determined when no solution of the homogeneous system
moves it. Whether one does is read from the projection of random vectors on these solutions: two vectors that both leave
a number in its place do so by chance with probability zero.
"""

from collections.abc import Sequence

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from posture.analysis.sums_of_numbers import Number, Sum, Told

DAMPING = 1e-9
STILL = 1e-5
USED = 1e-6
DRAWS = 2
SEED = 7


class Combinations:
    """`determined`: places of numbers that are told vaguely, or not at all to protect others, and follow all the same."""

    def __init__(self, numbers: Sequence[Number], sums: Sequence[Sum]) -> None:
        self.numbers = numbers
        is_open = np.array([number.told != Told.EXACTLY for number in numbers], dtype=bool)
        self.sums = [one for one in sums if any(is_open[place] for place in one.places)]
        self.column = np.cumsum(is_open) - 1
        self.places = np.flatnonzero(is_open)
        self.matrix = self._matrix(is_open)
        self.determined: list[int] = []
        if self.sums:
            square = self.matrix @ self.matrix.T + DAMPING * sparse.identity(len(self.sums))
            self._solved = splu(square.tocsc())
            self.determined = self._still()

    def _matrix(self, is_open: np.ndarray) -> sparse.csr_matrix:
        entries = [
            (row, self.column[place], factor)
            for row, one in enumerate(self.sums)
            for place, factor in zip(one.places, one.factors, strict=True)
            if is_open[place]
        ]
        rows, columns, factors = zip(*entries, strict=True) if entries else ((), (), ())
        matrix = sparse.csr_matrix((factors, (rows, columns)), shape=(len(self.sums), len(self.places)))
        norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
        return sparse.diags(1 / np.maximum(norms, 1e-12)) @ matrix

    def _still(self) -> list[int]:
        draws = np.random.default_rng(SEED).standard_normal((len(self.places), DRAWS))
        moved = draws - self.matrix.T @ self._solved.solve(self.matrix @ draws)
        still = np.flatnonzero((np.abs(moved) < STILL).all(axis=1))
        return [int(self.places[column]) for column in still if self._is_target(int(self.places[column]))]

    def _is_target(self, place: int) -> bool:
        return self.numbers[place].told in (Told.CAPPED, Told.RANGED, Told.WITHHELD)

    def behind(self, place: int) -> list[int]:
        """The exact numbers of the sums that are combined to get it; none where the combination does not hold up."""
        wanted = np.zeros(len(self.places))
        wanted[self.column[place]] = 1.0
        weights = self._solved.solve(self.matrix @ wanted)
        if np.abs(self.matrix.T @ weights - wanted).max() > STILL:
            return []
        used = [self.sums[row] for row in np.flatnonzero(np.abs(weights) > USED)]
        return list(dict.fromkeys(
            other for one in used for other in one.places if self.numbers[other].told == Told.EXACTLY
        ))  # fmt: skip
