"""Tests which numbers are releasable, and how many answers are missing for the others; all sums by hand, k = 10."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.analysis.cubes.releasability import needed, releasable

K = 10


def marks(
    bases: list[int], total: int | None = None, shape: tuple[int, ...] | None = None
) -> tuple[list, list]:
    cells = np.array(bases)[:, None]
    shape = (len(bases),) if shape is None else shape
    everybody = np.array([sum(bases) if total is None else total])
    is_releasable = releasable(cells, everybody, shape, K)
    return is_releasable[:, 0].tolist(), needed(cells, is_releasable, everybody, shape, K)[:, 0].tolist()


@pytest.mark.parametrize(
    ("base", "is_releasable", "lacking"),
    [(0, False, 10), (1, False, 9), (9, False, 1), (10, True, 0), (11, True, 0)],
)
def test_a_total(base: int, is_releasable: bool, lacking: int) -> None:
    assert marks([base], shape=()) == ([is_releasable], [lacking])


@pytest.mark.parametrize(
    ("bases", "is_releasable", "lacking"),
    [
        ([30, 20, 10], [True, True, True], [0, 0, 0]),
        ([30, 20, 0], [True, True, False], [0, 0, 10]),
        # 9 would follow from the total; 20 is hidden with it until the 9 are 10
        ([30, 20, 9], [True, False, False], [0, 1, 1]),
        ([30, 20, 1], [True, False, False], [0, 9, 9]),
        # 9 and 1 hide each other
        ([30, 9, 1], [True, False, False], [0, 1, 9]),
        ([30, 4, 5], [False, False, False], [1, 6, 5]),
        ([4, 5], [False, False], [6, 5]),
    ],
)
def test_a_break(bases: list[int], is_releasable: list[bool], lacking: list[int]) -> None:
    assert marks(bases) == (is_releasable, lacking)


def test_those_in_no_group_of_a_break_follow_from_the_total_too() -> None:
    """30 said yes, 20 said no, 4 did not say: 54 in all."""
    assert marks([30, 20], total=54) == ([True, False], [0, 6])
    assert marks([30, 20], total=64) == ([True, True], [0, 0])


def test_a_break_by_two_dimensions_holds_in_rows_and_columns() -> None:
    bases = [50, 40, 3, 20, 30, 60]
    is_releasable, lacking = marks(bases, shape=(2, 3))
    # The 3 is hidden by the 40 of its row and by the 60 of its column. The 40 needs no other: 40 >= k.
    assert is_releasable == [True, False, False, True, True, False]
    assert lacking == [0, 7, 7, 0, 0, 7]


@given(
    st.integers(1, 4).flatmap(
        lambda rows: st.integers(1, 4).flatmap(
            lambda columns: st.tuples(
                st.just((rows, columns)),
                st.lists(st.integers(0, 25), min_size=rows * columns, max_size=rows * columns),
            )
        )
    )
)
def test_what_is_withheld_in_a_row_a_column_and_the_whole_is_nobody_or_enough(
    drawn: tuple[tuple[int, int], list[int]],
) -> None:
    shape, bases = drawn
    cells = np.array(bases).reshape(shape)
    is_releasable, lacking = (np.array(values).reshape(shape) for values in marks(bases, shape=shape))
    assert ((lacking == 0) == is_releasable).all()
    assert (lacking[cells < K] == K - cells[cells < K]).all()
    assert (cells[is_releasable] >= K).all()
    withheld = np.where(is_releasable, 0, cells)
    for sums, any_releasable in (
        (withheld.sum(axis=0), is_releasable.any(axis=0)),
        (withheld.sum(axis=1), is_releasable.any(axis=1)),
        (withheld.sum(keepdims=True).ravel(), is_releasable.any(keepdims=True).ravel()),
    ):
        assert not ((sums > 0) & (sums < K) & any_releasable).any()


@given(st.lists(st.integers(0, 40), min_size=1, max_size=6))
def test_with_what_is_needed_a_small_group_is_released_or_protects(bases: list[int]) -> None:
    is_releasable, lacking = marks(bases)
    for place, (is_place_releasable, more) in enumerate(zip(is_releasable, lacking, strict=True)):
        assert (more == 0) == is_place_releasable
        if not is_place_releasable and bases[place] < K:
            assert bases[place] + more == K
