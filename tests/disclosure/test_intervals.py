"""Tests the count behind the end of an interval, against the intervals of scipy."""

import pytest
from scipy.stats import binomtest

from tests.disclosure.intervals import count_behind, ends


@pytest.mark.parametrize(("count", "base"), [(1, 10), (3, 17), (9, 20), (40, 119), (116, 119)])
def test_the_count_follows_from_either_end(count: int, base: int) -> None:
    interval = binomtest(count, base).proportion_ci(confidence_level=0.95, method="wilson")
    assert count_behind(interval.low, base, level=0.95, is_low=True) == count
    assert count_behind(interval.high, base, level=0.95, is_low=False) == count


def test_a_base_that_is_told_without_a_few_is_found_out() -> None:
    high = binomtest(3, 23).proportion_ci(confidence_level=0.95, method="wilson").high
    assert list(ends(None, high, 20, 0.95)) == [("most", 3)]


def test_an_end_that_belongs_to_no_count_says_nothing() -> None:
    assert count_behind(0.123456, 20, level=0.95, is_low=True) is None
    assert list(ends(0.0, 1.0, 20, 0.95)) == []
