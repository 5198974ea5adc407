"""Wilcoxon's signed-rank test and the median of whole bands."""

import math

import numpy as np
from scipy.special import ndtr

Array = np.ndarray
EXACT_UP_TO = 50


def signed_rank_p(differences: Array) -> float:
    """Two-sided p-value that differences are symmetric around zero. Zeros are dropped, ties share their mean rank.
    1.0 if all differences are zero.

    Missing  NaN is refused.
    Source   Wilcoxon (1945). Up to 50 differences other than zero the exact distribution given the ranks, including
             ties; above, the normal approximation with corrections for ties and continuity, as R's wilcox.test.
    """
    values = np.asarray(differences, dtype=float)
    if not np.isfinite(values).all():
        raise ValueError("a signed-rank test needs finite numbers")
    values = values[values != 0]
    if not values.size:
        return 1.0
    ranks = _ranks(np.abs(values))
    positive = float(ranks[values > 0].sum())
    if values.size <= EXACT_UP_TO:
        return _exact(ranks, positive)
    return _approximate(ranks, positive)


def _ranks(values: Array) -> Array:
    """The rank of each value, 1 for the smallest; equal values share their mean rank."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[places])


def _exact(ranks: Array, positive: float) -> float:
    """The exact p-value: each rank is positive or not with the same probability. Ranks are doubled, because the rank
    of a tie may end in a half."""
    doubled = np.rint(2 * ranks).astype(int)
    probabilities = np.zeros(int(doubled.sum()) + 1)
    probabilities[0] = 1.0
    for rank in doubled:
        probabilities[rank:] += probabilities[: len(probabilities) - rank].copy()
        probabilities /= 2
    middle = doubled.sum() / 2
    distances = np.abs(np.arange(len(probabilities)) - middle)
    return min(1.0, float(probabilities[distances >= abs(2 * positive - middle) - 1e-9].sum()))


def _approximate(ranks: Array, positive: float) -> float:
    n = len(ranks)
    _, ties = np.unique(ranks, return_counts=True)
    variance = n * (n + 1) * (2 * n + 1) / 24 - float((ties**3 - ties).sum()) / 48
    distance = max(0.0, abs(positive - n * (n + 1) / 4) - 0.5)
    return min(1.0, float(2 * ndtr(-distance / math.sqrt(variance))))


def median_band(values: Array) -> float:
    """The lower of the two middle values of an even number, so that the median is a band that was answered.

    Raises   ValueError for no values.
    """
    ordered = np.sort(np.asarray(values, dtype=float))
    if not ordered.size:
        raise ValueError("a median needs a value")
    return float(ordered[(ordered.size - 1) // 2])
