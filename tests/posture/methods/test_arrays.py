"""Tests intervals of many numbers, against the functions for one number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import stdtrit

from posture.methods import arrays, intervals
from posture.methods.multiplicity import adjusted, adjusted_array

LEVELS = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99, 0.999])
COUNTS = st.tuples(st.integers(0, 400), st.integers(0, 400)).map(lambda both: (min(both), max(both)))


@given(st.lists(COUNTS, min_size=1, max_size=30), LEVELS)
def test_wilson(counts: list[tuple[int, int]], level: float) -> None:
    hits, base = (np.array(column, dtype=float) for column in zip(*counts, strict=True))
    with np.errstate(invalid="ignore"):
        share = hits / base
    found = arrays.wilson(share, base, intervals.normal_quantile(level))
    for place, (x, n) in enumerate(counts):
        expected = intervals.wilson(x, n, level=level)
        if expected is None:
            assert np.isnan(found.low[place])
            assert np.isnan(found.high[place])
        else:
            assert found.low[place] == pytest.approx(expected.low, abs=1e-12)
            assert found.high[place] == pytest.approx(expected.high, abs=1e-12)
            assert (found.low[place] == 0) == (x == 0)
            assert (found.high[place] == 1) == (x == n)


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95, 0.99])
def test_nobody_and_everybody_are_ends_of_their_interval(level: float) -> None:
    base = np.linspace(0.5, 5000, 20_000)
    z = intervals.normal_quantile(level)
    assert (arrays.wilson(np.zeros_like(base), base, z).low == 0).all()
    assert (arrays.wilson(np.ones_like(base), base, z).high == 1).all()


def test_wilson_of_a_base_that_is_no_count() -> None:
    """The last row but one of wilson_effective_n.csv: 10.2 organisations, half of them yes."""
    found = arrays.wilson(np.array([0.5, 1.0]), np.array([10.2, 18.6]), intervals.normal_quantile(0.95))
    assert found.low == pytest.approx([0.2384757411, 0.8288231237], abs=5e-11)
    assert found.high.tolist() == [pytest.approx(0.7615242589, abs=5e-11), 1.0]


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99, 0.999])
def test_t_quantiles_in_the_table_and_beyond_it(level: float) -> None:
    df = np.concatenate([np.arange(1, 3000), [10_000, 123_456, 10**6, 10**9]])
    expected = stdtrit(df.astype(float), (1 + level) / 2)
    np.testing.assert_allclose(arrays.t_quantiles(df, level), expected, rtol=0, atol=1e-11)
    np.testing.assert_allclose(arrays.t_quantiles(df[1:], level), expected[1:], rtol=1e-12)


def test_there_is_no_t_quantile_without_a_degree_of_freedom() -> None:
    assert np.isnan(arrays.t_quantiles(np.array([-1, 0]), 0.95)).all()


def test_a_level_is_between_0_and_1() -> None:
    for level in (0.0, 1.0, 95.0):
        with pytest.raises(ValueError, match="a level lies between 0 and 1"):
            arrays.t_quantiles(np.array([3]), level)


TABLES = st.tuples(*[st.integers(0, 30)] * 4)


@given(st.lists(TABLES, min_size=1, max_size=12), LEVELS)
def test_tango(tables: list[tuple[int, int, int, int]], level: float) -> None:
    both, first, second, neither = (np.array(column, dtype=float) for column in zip(*tables, strict=True))
    found = arrays.tango(both + first + second + neither, first, second, level)
    for place, table in enumerate(tables):
        expected = intervals.tango(*table, level=level)
        if expected is None:
            assert np.isnan(found.low[place])
        else:
            assert found.low[place] == pytest.approx(expected.low, abs=1e-10)
            assert found.high[place] == pytest.approx(expected.high, abs=1e-10)


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=20), st.sampled_from(["BH", "holm"]))
def test_a_family_as_an_array(p_values: list[float | None], method: str) -> None:
    array = np.array([np.nan if p is None else p for p in p_values])
    found = adjusted_array(array.reshape(1, -1), method)[0]
    assert [None if np.isnan(q) else q for q in found] == adjusted(p_values, method)
