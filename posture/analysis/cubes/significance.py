"""Tests whether a group differs from the rest of its break, corrected for all comparisons of the cut."""

from typing import NamedTuple

import numpy as np
from scipy.special import stdtr

from posture.analysis.cubes.cuts import Cut
from posture.analysis.estimates.comparison import SMALLEST_BASE
from posture.methods.arrays import Array
from posture.methods.multiplicity import adjusted_array


class Contrasts(NamedTuple):
    """Comparisons of each group with the other groups of its break; arrays [groups, measures]. The difference, its
    standard error, the p-value of no difference, and the p-value corrected for the family of the whole cut. NaN where
    not tested."""

    difference: Array
    se: Array
    p: Array
    p_adjusted: Array


def against_rest(cut: Cut, *, weighted: bool) -> Contrasts:
    """Compares each group with the rest of its break. Not tested: the total, a side with an (effective) base below
    30, and two sides in which all organisations gave the same answer.

    Source   the two sides have no organisation in common, so their variances add up; Student's t with the degrees of
             freedom of Welch (1947) and Satterthwaite (1946). Benjamini and Hochberg (1995).
    """
    rest_sums = np.zeros_like(cut.sums)
    for block in cut.blocks:
        if block.dimensions:
            group_sums = cut.sums[block.rows]
            rest_sums[block.rows] = group_sums.sum(axis=0) - group_sums
    rest = cut.estimator.of(rest_sums)
    group_figures, rest_figures = (
        (cut.weighted, rest.weighted) if weighted else (cut.unweighted, rest.unweighted)
    )
    difference = group_figures.value - rest_figures.value
    se = np.hypot(group_figures.se, rest_figures.se)
    is_small = (group_figures.effective_base < SMALLEST_BASE) | (rest_figures.effective_base < SMALLEST_BASE)
    difference[is_small], se[is_small | (se == 0)] = np.nan, np.nan
    with np.errstate(divide="ignore", invalid="ignore"):  # sides of one organisation, which are not tested
        df = se**4 / (group_figures.se**4 / (cut.base - 1) + rest_figures.se**4 / (rest.bases.base - 1))
    p = 2 * stdtr(df, -np.abs(difference / se))
    return Contrasts(difference, se, p, adjusted_array(p, "BH"))
