"""Difference of two means with different variances, of groups that have organisations in common or none.

Each organisation contributes to the difference. The variance is the sum of the squared contributions. Each has the
factor n/(n - 1), where n is the number of organisations on its side, not of all organisations.
Source   Welch (1947), Satterthwaite (1946); METHODS.md, "Against the rest" and "Change between waves".
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class MeanDifference:
    """First minus second; df are Satterthwaite's, NaN if the variance is zero."""

    value: float
    se: float
    df: float


def difference_of_means(first: Array, second: Array) -> MeanDifference:
    """The difference of the means of organisations in the same order, NaN for those without a value. Organisations
    with both values are one group, those with only the first and those with only the second two others. With no
    organisation in both it is Welch's test, with all in both the paired t test.

    Raises   ValueError for fewer than two values on a side.
    """
    sides = [np.asarray(values, dtype=float) for values in (first, second)]
    has_value = [~np.isnan(values) for values in sides]
    sizes = [int(mask.sum()) for mask in has_value]
    if min(sizes) < 2:
        raise ValueError("each side of a difference needs two values")
    means = [float(values[mask].mean()) for values, mask in zip(sides, has_value, strict=True)]
    scaled = [
        np.where(mask, values - mean, 0.0) / math.sqrt(size * (size - 1))
        for values, mask, mean, size in zip(sides, has_value, means, sizes, strict=True)
    ]
    squares = (scaled[0] - scaled[1]) ** 2
    groups = [has_value[0] & has_value[1], has_value[0] & ~has_value[1], has_value[1] & ~has_value[0]]
    return MeanDifference(
        means[0] - means[1], math.sqrt(float(squares.sum())), degrees_of_freedom(squares, groups)
    )


def degrees_of_freedom(squares: Array, groups: Sequence[Array]) -> float:
    """Satterthwaite's degrees of freedom of a variance that is the sum of `squares`, estimated in each group
    separately: a group of n has n - 1. NaN where all squares are zero.

    Input    squares: one for each organisation; groups: disjoint masks of them.
    """
    variances = [(float(squares[group].sum()), int(group.sum()) - 1) for group in groups if group.any()]
    total = sum(variance for variance, _ in variances)
    if total <= 0:
        return math.nan
    return total**2 / sum(variance**2 / max(1, df) for variance, df in variances)
