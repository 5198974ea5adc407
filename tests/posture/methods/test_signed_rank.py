"""Tests Wilcoxon's signed-rank test against scipy, against every way to sign the ranks, and against R."""

from itertools import product
from statistics import median_low

import numpy as np
import pytest
from pytest import approx
from scipy.stats import rankdata, wilcoxon

from posture.methods.signed_rank import median_band, signed_rank_p


@pytest.mark.parametrize("size", [5, 12, 50])
def test_without_ties_it_is_scipy_s_exact_test(size: int) -> None:
    values = np.random.default_rng(size).normal(0.3, 1, size)
    assert signed_rank_p(values) == approx(wilcoxon(values, method="exact").pvalue, rel=1e-9)


@pytest.mark.parametrize("size", [80, 400])
def test_of_many_bands_it_is_the_normal_approximation(size: int) -> None:
    values = np.random.default_rng(size).integers(-3, 5, size).astype(float)
    expected = wilcoxon(values[values != 0], correction=True, method="asymptotic")
    assert signed_rank_p(values) == approx(expected.pvalue, rel=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_with_ties_it_is_the_share_of_all_ways_to_sign_the_ranks(seed: int) -> None:
    values = np.random.default_rng(seed).integers(-2, 4, 11).astype(float)
    ranks = rankdata(np.abs(values[values != 0]))
    middle = ranks.sum() / 2
    own = abs(ranks[values[values != 0] > 0].sum() - middle)
    ways = [
        sum(r for r, sign in zip(ranks, signs, strict=True) if sign)
        for signs in product((0, 1), repeat=len(ranks))
    ]
    share = sum(abs(way - middle) >= own - 1e-9 for way in ways) / len(ways)
    assert signed_rank_p(values) == approx(share)


def test_the_first_example_of_r_s_wilcox_test() -> None:
    """Depression scores of nine patients (Hollander and Wolfe 1973, 29 f.): two-sided p of 10/256 = .0390625."""
    first = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
    second = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])
    assert signed_rank_p(first - second) == approx(0.0390625)


def test_many_bands_against_r() -> None:
    """wilcox.test(rep(c(-2, -1, 0, 1, 2, 3), c(9, 14, 20, 25, 12, 5)), exact = FALSE) of R 4."""
    values = np.repeat([-2.0, -1.0, 0.0, 1.0, 2.0, 3.0], [9, 14, 20, 25, 12, 5])
    assert signed_rank_p(values) == approx(0.0210835797751, rel=1e-9)


def test_nothing_differs() -> None:
    assert signed_rank_p(np.zeros(12)) == 1.0
    with pytest.raises(ValueError, match="finite"):
        signed_rank_p(np.array([1.0, np.nan]))


def test_the_median_is_the_lower_of_two_middle_bands() -> None:
    for values in ([3], [5, 1], [1, 2, 2, 8], [7, 1, 3, 3, 4]):
        assert median_band(np.array(values)) == median_low(values)
    with pytest.raises(ValueError, match="needs a value"):
        median_band(np.array([]))
