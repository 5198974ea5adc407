"""Tests which values of a dimension are merged: they depend on the organisations of each, and the name lists the
content."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.instrument.cohorts import (
    DIMENSIONS,
    NOT_STATED,
    Dimension,
    cohort_label,
    cohort_values,
    dimension,
    is_in_cohort,
    merged_groups,
    merged_slug,
)

SMALLEST = 10
SIZE = dimension("size_band")
REGION = dimension("region")


def sizes(dimension_of_group: Dimension, *numbers: int) -> dict[str, int]:
    return dict(zip(dimension_of_group.values, numbers, strict=False))


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((10, 10, 10, 10, 10, 10), ["1-49", "50-249", "250-999", "1000-4999", "5000-9999", "10000-plus"]),
        ((2, 9, 10, 30, 4, 5), ["1-49~50-249", "250-999", "1000-4999~10000-plus"]),
        ((3, 3, 3, 3, 3, 3), ["1-49~10000-plus"]),
        ((0, 0, 10, 10, 0, 0), ["1-49~250-999", "1000-4999~10000-plus"]),
        ((10, 10, 10, 10, 10, 10, 3), ["1-49~not-stated", "50-249", "250-999", "1000-4999", "5000-9999",
                                      "10000-plus"]),
    ],
)  # fmt: skip
def test_neighbours_of_an_ordered_dimension_are_merged(numbers: tuple[int, ...], expected: list[str]) -> None:
    found = merged_groups(SIZE, sizes(SIZE, *numbers), SMALLEST)
    assert [merged_slug(SIZE, group).removeprefix("size_band:") for group in found] == expected


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((30, 20, 4, 7, 12), [("europe",), ("north-america",), ("latin-america", "middle-east-africa"),
                              ("asia-pacific",)]),
        ((30, 20, 4, 0, 12), [("europe",), ("north-america",), ("latin-america", "middle-east-africa",
                                                                "asia-pacific")]),
        ((30, 20, 10, 10, 12), [(code,) for code in REGION.codes]),
    ],
)  # fmt: skip
def test_all_small_values_of_an_unordered_dimension_are_merged(
    numbers: tuple[int, ...], expected: list[tuple[str, ...]]
) -> None:
    assert merged_groups(REGION, sizes(REGION, *numbers), SMALLEST) == expected


@given(st.sampled_from(DIMENSIONS), st.lists(st.integers(0, 25), min_size=12, max_size=12), st.booleans())
def test_every_value_is_in_one_group_and_the_slug_encodes_it(
    dimension_of_group: Dimension, numbers: list[int], some_stated_nothing: bool
) -> None:
    group_sizes = sizes(dimension_of_group, *numbers)
    if not some_stated_nothing:
        group_sizes.pop(NOT_STATED, None)
    groups = merged_groups(dimension_of_group, group_sizes, SMALLEST)
    assert sorted(value for group in groups for value in group) == sorted(group_sizes)
    assert len(groups) == 1 or all(sum(group_sizes[one] for one in group) >= SMALLEST for group in groups)
    for group in groups:
        slug = merged_slug(dimension_of_group, group)
        assert sorted(cohort_values(slug)) == sorted(group)
        assert len(slug) < 45, "two of them and a sign between fit the column"
        assert cohort_label(slug)
        for value in group_sizes:
            assert is_in_cohort(slug, dimension_of_group.code, "" if value == NOT_STATED else value) is (
                value in group
            )


def test_an_unknown_value_is_no_cohort() -> None:
    for slug in ("size_band:huge", "size_band:1-49~huge", "mood:good", "region:small-zz"):
        with pytest.raises((KeyError, ValueError)):
            cohort_label(slug)


def test_a_crossed_cohort_is_of_no_single_dimension() -> None:
    assert not is_in_cohort("sector:retail+region:europe", "sector", "retail")
