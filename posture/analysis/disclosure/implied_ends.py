"""Derives the ends of each unknown from sums and limits, if all other unknowns are anywhere between their own ends.

One sum after another narrows the ends until none does. Two sums together may narrow more; linear programmes find
that.
"""

from dataclasses import dataclass

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
    rows, columns, factors = sparse.find(sums.matrix)
    low, high = low.copy(), high.copy()
    for _ in range(SWEEPS):
        least = np.where(factors > 0, factors * low[columns], factors * high[columns])
        most = np.where(factors > 0, factors * high[columns], factors * low[columns])
        from_below = sums.lower[rows] - (_total(rows, most, len(sums.lower))[rows] - most)
        from_above = sums.upper[rows] - (_total(rows, least, len(sums.upper))[rows] - least)
        smallest = np.where(factors > 0, from_below, from_above) / factors
        largest = np.where(factors > 0, from_above, from_below) / factors
        new_low, new_high = low.copy(), high.copy()
        np.maximum.at(new_low, columns, smallest)
        np.minimum.at(new_high, columns, largest)
        new_low = np.where(is_whole, np.ceil(new_low - SLACK), new_low)
        new_high = np.where(is_whole, np.floor(new_high + SLACK), new_high)
        is_narrower = (new_low > low + SLACK) | (new_high < high - SLACK)
        if not is_narrower.any():
            break
        low, high = np.where(is_narrower, new_low, low), np.where(is_narrower, new_high, high)
    if (low > high + SLACK * np.maximum(1.0, np.abs(high))).any():
        raise ArithmeticError("The published rows contradict each other.")
    return low, np.maximum(low, high)


def _total(rows: np.ndarray, terms: np.ndarray, sums: int) -> np.ndarray:
    return np.bincount(rows, weights=terms, minlength=sums)
