"""Tests the interval of a pair whose table is known within limits, against the union over every possible table."""

from collections.abc import Iterator
from itertools import product

import pytest
from pytest import approx

from posture.methods.intervals import Interval, tango
from posture.methods.paired_tables import Limits, tango_over_tables

MOST = 6


def all_limits(most: int) -> Iterator[Limits]:
    for low in range(most + 1):
        for high in range(low, most + 1):
            yield low, high


def union(first: Limits, second: Limits, difference: Limits, base: int) -> Interval | None:
    found = [
        INTERVALS[base, x, y]
        for x, y in product(range(first[0], first[1] + 1), range(second[0], second[1] + 1))
        if x + y <= base and difference[0] <= x - y <= difference[1]
    ]
    return Interval(min(one.low for one in found), max(one.high for one in found)) if found else None


def interval_of(base: int, first: int, second: int) -> Interval:
    found = tango(0, first, second, base - first - second)
    assert found is not None
    return found


INTERVALS = {
    (base, x, y): interval_of(base, x, y)
    for base in range(1, MOST + 1)
    for x in range(base + 1)
    for y in range(base + 1 - x)
}


@pytest.mark.parametrize("base", [1, 2, 5, MOST])
def test_it_is_the_union_over_every_table(base: int) -> None:
    """Tests all limits of both counts, with the difference unrestricted, and restricted to one side."""
    for first, second in product(all_limits(base), repeat=2):
        for difference in ((-base, base), (0, 2), (-3, -1), (1, base)):
            found = tango_over_tables(first, second, difference, base)
            expected = union(first, second, difference, base)
            if expected is None:
                assert found is None
            else:
                assert found is not None
                assert (found.low, found.high) == (
                    approx(expected.low, abs=1e-9),
                    approx(expected.high, abs=1e-9),
                )


def test_limits_that_no_table_reaches_together_are_cut_back() -> None:
    """Of 10, at most three differ either way and the difference is one of three: the corner (3, 3) is none of them.
    The widest are 3 and 1 on either side; Tango for (3, 1) and for (1, 3) of 10 are mirrors."""
    found = tango_over_tables((0, 3), (0, 3), (-2, 2), 10)
    assert found is not None
    assert found.low == approx(-found.high)
    widest = tango(0, 3, 1, 6)
    assert widest is not None
    assert found.high == approx(widest.high, abs=1e-9)


def test_a_large_base_with_wide_limits_takes_no_time() -> None:
    found = tango_over_tables((0, 10_000), (0, 10_000), (-10_000, 10_000), 10_000)
    assert found is not None
    assert (found.low, found.high) == (approx(-1), approx(1))
