"""Documents where a statistics library is wrong or computes another statistic: its result, where it is installed, and
the product's. The first number of each pair documents why the library is not used there."""

import numpy as np
import pandas as pd
from pytest import approx
from scipy.stats import beta

from posture.analysis.estimates.weights import Scheme, weigh
from posture.methods.differences import miettinen_nurminen
from posture.methods.proportions import jeffreys, jeffreys_raw
from posture.methods.rounding import half_up
from posture.methods.survey import Design, mean


def test_python_numpy_and_pandas_round_half_to_even_and_we_half_up() -> None:
    assert (round(12.5), float(np.round(12.5)), pd.Series([12.5]).round()[0]) == (12, 12, 12)
    assert f"{12.5:.0f}" == "12"
    assert half_up(12.5) == 13
    assert round(100 * 0.285) == 28, "and binary fractions err: 100 x 0.285 is 28.499999999999996"
    assert half_up(100 * half_up(0.285, 3)) == 29


def test_the_bare_jeffreys_interval_misses_the_ends() -> None:
    """Brown, Cai and DasGupta: 0 and 1 where nobody or everybody said yes. 0 of 20 has 0.0000242 without that rule."""
    assert beta.ppf(0.025, 0.5, 20.5) == approx(0.0000242, abs=5e-8)
    raw, ours = jeffreys_raw(0, 20), jeffreys(0, 20)
    assert raw is not None
    assert ours is not None
    assert raw.low > 0
    assert ours.low == 0
    assert jeffreys(0, 0) is None, "an empty base has no interval, and not the whole range"


def test_the_score_interval_has_the_right_restricted_likelihood() -> None:
    """56 of 70 against 48 of 80: a library's wrong cubic gives .0526 to .3440; R's gives .0528 to .3382."""
    found = miettinen_nurminen(56, 70, 48, 80)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0528, 0.3382)


def test_weights_are_no_frequencies() -> None:
    """numpy's fweights, like other libraries' weights, take a weight of 1000 for 1000 organisations."""
    values, ones = np.array([1.0, 0, 0, 1, 1, 0, 1, 0]), np.ones(8)

    def frequency_se(weights: np.ndarray) -> float:
        return float(np.sqrt(np.cov(values, fweights=weights.astype(int)) / weights.sum()))

    assert frequency_se(1000 * ones) < frequency_se(ones) / 30
    ours = [mean(values, Design.of(times * ones, np.arange(8))).se for times in (1, 1000)]
    assert ours[0] == approx(ours[1])
    targets = [{"sector": {"a": times, "b": times}} for times in (1, 1000)]
    raked = [
        weigh({"sector": ["a"] * 5 + ["b"] * 3}, one, Scheme()).mean(values, ones == 1).variance
        for one in targets
    ]
    assert raked[0] == approx(raked[1])
