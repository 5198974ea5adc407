"""Derives the ends of each unknown from sums and limits, if all other unknowns are anywhere between their own ends.

One sum after another narrows the ends until none does. Two sums together may narrow more; linear programmes find
that.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import sparse

SWEEPS = 30
SLACK = 1e-6


@dataclass(frozen=True)
class Sums:
    """lower <= matrix @ x <= upper. matrix: sparse[sums, unknowns]."""

    matrix: sparse.csr_matrix
    lower: np.ndarray
    upper: np.ndarray

    def first(self, count: int) -> "Sums":
        return Sums(self.matrix[:count], self.lower[:count], self.upper[:count])


def implied_ends(
    sums: Sums, low: np.ndarray, high: np.ndarray, is_whole: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The ends of each unknown, no wider than `low` and `high`.

    is_whole  unknowns that are numbers of organisations
    Raises    ArithmeticError where nothing is left for an unknown: the sums contradict each other.
    """
    matrix = sums.matrix.tocsr(copy=True)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    sums_of = matrix.tocsc()
    low, high = low.copy(), high.copy()
    entries = _Entries.of(matrix, np.arange(matrix.shape[0]))
    for _ in range(SWEEPS):
        smallest, largest = entries.ends(sums, low, high)
        new_low, new_high = low.copy(), high.copy()
        np.maximum.at(new_low, entries.columns, smallest)
        np.minimum.at(new_high, entries.columns, largest)
        new_low = np.where(is_whole, np.ceil(new_low - SLACK), new_low)
        new_high = np.where(is_whole, np.floor(new_high + SLACK), new_high)
        is_narrower = (new_low > low + SLACK) | (new_high < high - SLACK)
        if not is_narrower.any():
            break
        low, high = np.where(is_narrower, new_low, low), np.where(is_narrower, new_high, high)
        # The sums without a changed unknown leave the same ends as before.
        changed = np.flatnonzero(is_narrower)
        is_near = np.zeros(matrix.shape[0], dtype=bool)
        is_near[sums_of.indices[_entries_of(sums_of.indptr, changed)]] = True
        entries = _Entries.of(matrix, np.flatnonzero(is_near))
    if (low > high + SLACK * np.maximum(1.0, np.abs(high))).any():
        raise ArithmeticError("The published rows contradict each other.")
    return low, np.maximum(low, high)


class _Entries(NamedTuple):
    """The entries of sums: the sum and the unknown of each, and the factor."""

    rows: np.ndarray
    columns: np.ndarray
    factors: np.ndarray

    @classmethod
    def of(cls, matrix: sparse.csr_matrix, rows: np.ndarray) -> "_Entries":
        places = _entries_of(matrix.indptr, rows)
        lengths = matrix.indptr[rows + 1] - matrix.indptr[rows]
        return cls(np.repeat(rows, lengths), matrix.indices[places], matrix.data[places])

    def ends(self, sums: Sums, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The ends that the other unknowns of the sum leave for the unknown of each entry."""
        is_positive, size = self.factors > 0, len(sums.lower)
        at_low, at_high = self.factors * low[self.columns], self.factors * high[self.columns]
        least, most = np.where(is_positive, at_low, at_high), np.where(is_positive, at_high, at_low)
        sum_of_most = np.bincount(self.rows, weights=most, minlength=size)[self.rows]
        sum_of_least = np.bincount(self.rows, weights=least, minlength=size)[self.rows]
        from_below = sums.lower[self.rows] - (sum_of_most - most)
        from_above = sums.upper[self.rows] - (sum_of_least - least)
        return (
            np.where(is_positive, from_below, from_above) / self.factors,
            np.where(is_positive, from_above, from_below) / self.factors,
        )


def _entries_of(starts: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The positions of all entries of the chosen rows or columns of a sparse matrix."""
    lengths = starts[chosen + 1] - starts[chosen]
    return np.repeat(starts[chosen] - (np.cumsum(lengths) - lengths), lengths) + np.arange(lengths.sum())
