"""Finds numbers that follow from exact ones only by a combination of sums. They have the same value in all solutions
of the sums, taken as a system of equations for the numbers that are not shown exactly."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import SuperLU

from posture.analysis.disclosure.sums_of_numbers import EXACT, Exactness, Number, Sum
from posture.methods.null_space import UNCHANGED, constant_unknowns, factorized, with_unit_rows

USED = 1e-6


class Combinations:
    """Searches the combinations of sums. determined: positions of numbers that are shown as a range, or withheld to
    protect others, and can be derived nevertheless."""

    def __init__(self, numbers: Sequence[Number], sums: Sequence[Sum], matrix: sparse.csr_matrix) -> None:
        """matrix: the factors of the sums, sparse[sums, numbers]."""
        self.numbers = numbers
        is_open = np.array([number.exactness != EXACT for number in numbers], dtype=bool)
        self.column = np.cumsum(is_open) - 1
        self.places = np.flatnonzero(is_open)
        open_part = matrix[:, self.places]
        rows = np.flatnonzero(np.diff(open_part.indptr))
        self.sums = [sums[row] for row in rows.tolist()]
        self.matrix = with_unit_rows(open_part[rows])
        self.determined: list[int] = []
        if self.sums:
            places = (int(self.places[column]) for column in np.flatnonzero(constant_unknowns(self.matrix)))
            self.determined = [place for place in places if self._is_target(place)]

    @cached_property
    def _factors(self) -> SuperLU:
        return factorized(self.matrix)

    def _is_target(self, place: int) -> bool:
        return self.numbers[place].exactness in (Exactness.CAPPED, Exactness.RANGED, Exactness.WITHHELD)

    def behind(self, place: int) -> list[int]:
        """The exact numbers of the sums that are combined to derive it; none where the combination is not exact."""
        wanted = np.zeros(len(self.places))
        wanted[self.column[place]] = 1.0
        weights = self._factors.solve(self.matrix @ wanted)
        if np.abs(self.matrix.T @ weights - wanted).max() > UNCHANGED:
            return []
        combined_sums = [self.sums[row] for row in np.flatnonzero(np.abs(weights) > USED)]
        return list(
            dict.fromkeys(
                other
                for combined_sum in combined_sums
                for other in combined_sum.places
                if self.numbers[other].exactness == Exactness.EXACT
            )
        )
