import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from posture.methods.intervals import Interval, mean_t, share_se, tango, wilson, wilson_count


def test_wilson_of_nobody_is_nothing() -> None:
    assert wilson(0, 0) is None


def test_wilson_of_one_organisation_is_wide() -> None:
    # z = 1.959964: 0 of 1 reaches z^2 / (1 + z^2) = 3.841459 / 4.841459 = 0.793451.
    assert wilson(0, 1) == Interval(0.0, approx(0.793451, abs=1e-6))
    assert wilson(1, 1) == Interval(approx(0.206549, abs=1e-6), 1.0)


@pytest.mark.parametrize("base", [1, 5, 20, 919])
def test_wilson_ends_exactly_at_none_and_at_all(base: int) -> None:
    assert wilson(0, base).low == 0.0
    assert wilson(base, base).high == 1.0


@pytest.mark.parametrize(
    ("successes", "base"), [(2, 1), (-1, 5), (0, -1), (1, 0), (math.nan, 5), (1, math.inf), (1, math.nan)]
)
def test_wilson_refuses_what_cannot_be(successes: float, base: float) -> None:
    with pytest.raises(ValueError, match="not a share"):
        wilson(successes, base)


@pytest.mark.parametrize("level", [0, 1, 95, -0.5])
def test_a_level_lies_between_0_and_1(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        wilson(1, 2, level=level)


@given(st.integers(1, 400).flatmap(lambda base: st.tuples(st.integers(0, base), st.just(base))))
def test_wilson_holds_the_share_and_mirrors(case: tuple[int, int]) -> None:
    successes, base = case

    interval, mirrored = wilson(successes, base), wilson(base - successes, base)

    assert 0 <= interval.low <= successes / base <= interval.high <= 1
    assert interval.low == approx(1 - mirrored.high, abs=1e-12)
    assert wilson(successes, base, level=0.9).width < interval.width


def test_the_standard_error_of_a_share() -> None:
    # sqrt(0.25 x 0.75 / 12) = 0.125
    assert share_se(0.25, 12) == approx(0.125)
    assert share_se(1.0, 12) == 0.0


def test_mean_of_five_by_hand() -> None:
    # 10, 20, 30, 40, 50: mean 30, squared distances 400+100+0+100+400 = 1000, sd = sqrt(250) = 15.8114,
    # se = 7.0711, t(4, .975) = 2.776445, reach 19.6324.
    result = mean_t([10, 20, 30, 40, 50])

    assert (result.mean, result.base) == (30, 5)
    assert result.se == approx(7.071068)
    assert result.interval == Interval(approx(10.36757, abs=1e-5), approx(49.63243, abs=1e-5))


def test_mean_of_nobody_is_not_zero() -> None:
    result = mean_t([])

    assert (result.mean, result.se, result.interval, result.base) == (None, None, None, 0)


def test_mean_of_one_has_no_spread() -> None:
    result = mean_t([40.0])

    assert (result.mean, result.se, result.interval, result.base) == (40.0, None, None, 1)


def test_mean_of_equal_values_has_no_interval() -> None:
    result = mean_t([0.1] * 7)

    assert (result.mean, result.se, result.interval, result.base) == (0.1, 0.0, None, 7)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_mean_refuses_missing_values(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        mean_t([1.0, value])


@given(
    st.lists(st.floats(0, 100), min_size=2, max_size=40).flatmap(
        lambda v: st.tuples(st.just(v), st.permutations(v))
    )
)
def test_mean_does_not_depend_on_the_order(case: tuple[list[float], list[float]]) -> None:
    values, shuffled = case

    assert mean_t(values).mean == approx(mean_t(shuffled).mean)


def test_tango_of_the_reference_organisations() -> None:
    # 5 both, 33 confident only, 8 in place only, 13 neither: gap 25/59, "22-59" in whole points.
    interval = tango(5, 33, 8, 13)

    assert (round(100 * interval.low), round(100 * interval.high)) == (22, 59)


def test_tango_of_nobody_is_nothing() -> None:
    assert tango(0, 0, 0, 0) is None


def test_tango_refuses_a_negative_count() -> None:
    with pytest.raises(ValueError, match="negative"):
        tango(1, -1, 2, 3)


counts_of_pairs = st.tuples(*[st.integers(0, 40)] * 4).filter(lambda counts: sum(counts) > 0)


@given(counts_of_pairs)
def test_tango_holds_the_difference_and_mirrors(counts: tuple[int, int, int, int]) -> None:
    both, first, second, neither = counts
    difference = (first - second) / sum(counts)

    interval, mirrored = tango(both, first, second, neither), tango(neither, second, first, both)

    assert -1 <= interval.low <= difference + 1e-9
    assert difference - 1e-9 <= interval.high <= 1
    assert interval.low == approx(-mirrored.high, abs=1e-7)


def test_an_interval_is_widened_cut_and_scaled() -> None:
    interval = Interval(-0.2, 0.3)

    assert interval.widened(0.1) == Interval(approx(-0.3), approx(0.4))
    assert interval.within(0, 1) == Interval(0, 0.3)
    assert interval.times(-100) == Interval(-30, 20)
    assert interval.width == approx(0.5)


@pytest.mark.parametrize("base", [1, 2, 10, 37, 1_000])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_the_count_behind_each_end_of_a_wilson_interval_is_found(base: int, level: float) -> None:
    for count in range(base + 1):
        found = wilson(count, base, level=level)
        assert found is not None
        assert wilson_count(round(found.low, 7), base, level=level, is_low=True) == count
        assert wilson_count(round(found.high, 7), base, level=level, is_low=False) == count


def test_an_end_between_two_wilson_intervals_belongs_to_no_count() -> None:
    """The intervals of 3 and 4 of 10 begin at 0.1078 and 0.1682."""
    assert wilson_count(0.14, 10, is_low=True) is None
    assert wilson_count(0.14, 0, is_low=True) is None
