"""Tests withheld cells against a second, slower program that only checks the promise."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.analysis.disclosure.row_space import small_groups
from posture.analysis.disclosure.suppression import Protected, bits, is_dominated, withheld
from surveys.instrument.cohorts import ALL

K = 5


def cell(
    members: set[int], *, series: int = 0, dimension: str = ALL, variable: str = "x", priority: int = 1
) -> Protected:
    mask = np.zeros(64, dtype=bool)
    mask[list(members)] = True
    return Protected(series, dimension, dimension, priority, len(members), ((variable, bits(mask)),))


@pytest.mark.parametrize(
    ("base", "is_hidden"), [(0, True), (1, True), (K - 1, True), (K, False), (K + 1, False)]
)
def test_a_base_below_k_is_withheld_and_an_empty_one_too(base: int, is_hidden: bool) -> None:
    assert withheld([cell(set(range(base)))], k=K) == ({0} if is_hidden else set())


def test_k_is_never_below_five() -> None:
    with pytest.raises(ValueError, match="at least 5"):
        withheld([], k=4)


def test_a_second_cell_goes_where_one_alone_would_follow_by_subtraction() -> None:
    total, small = set(range(20)), set(range(17, 20))
    cells = [cell(total)] + [
        cell(members, dimension="sector") for members in (set(range(8)), set(range(8, 17)), small)
    ]
    assert withheld(cells, k=K) == {1, 3}, "the small one, and the smaller of the others"


def test_what_is_left_over_together_may_be_k_or_nobody() -> None:
    total = set(range(18))
    cohorts = [set(range(9)), set(range(9, 18))]
    assert withheld([cell(total), *(cell(members, dimension="region") for members in cohorts)], k=K) == set()
    cells = [cell(total), cell(set(range(13)), dimension="region"), *(
        cell({member}, dimension="region") for member in range(13, 18)
    )]  # fmt: skip
    assert withheld(cells, k=K) == {2, 3, 4, 5, 6}, "five single ones hide each other"


@pytest.mark.parametrize(("difference", "is_hidden"), [(0, False), (1, True), (K - 1, True), (K, False)])
def test_two_nested_bases_differ_by_nobody_or_by_k(difference: int, is_hidden: bool) -> None:
    inner, outer = set(range(10)), set(range(10 + difference))
    hidden = withheld([cell(inner, priority=1), cell(outer, series=1, priority=2)], k=K)
    assert hidden == ({0} if is_hidden else set())


@pytest.mark.parametrize(("rest", "hidden"), [(0, set()), (1, {0}), (K - 1, {0}), (K, set())])
def test_two_bases_together_leave_nobody_or_k_of_a_third(rest: int, hidden: set[int]) -> None:
    first, second = set(range(10)), set(range(10, 21))
    whole = first | second | set(range(21, 21 + rest))
    cells = [cell(first), cell(second, series=1), cell(whole, series=2, priority=2)]
    assert withheld(cells, k=K) == hidden


def test_one_cohort_of_a_cut_beside_both_dimensions_tells_the_fourth_of_two_times_two() -> None:
    """Of 25 in Europe 15 are in retail, of 30 in retail so 15 are elsewhere, and of 19 elsewhere 4 are not in retail.
    Sizes, which divide these four, must not hide them from the search."""
    retail_europe, retail_else, other_europe, other_else = (
        set(range(first, last)) for first, last in ((0, 15), (15, 30), (30, 40), (40, 44))
    )
    everybody = set(range(44))
    bases = [
        (ALL, everybody),
        ("sector", retail_europe | retail_else),
        ("sector", other_europe | other_else),
        ("region", retail_europe | other_europe),
        ("region", retail_else | other_else),
        ("sector+region", retail_europe),
        *(
            ("size_band", {organization for organization in everybody if organization % 4 == size})
            for size in range(4)
        ),
    ]
    without_cut = [cell(members, dimension=name) for name, members in bases if name != "sector+region"]
    assert withheld(without_cut, k=K) == set()
    hidden = withheld([cell(members, dimension=name) for name, members in bases], k=K)
    visible = [members for place, (_, members) in enumerate(bases[:6]) if place not in hidden]
    sets = [np.array([organization in members for organization in range(44)]) for members in visible]
    assert hidden
    assert list(small_groups(sets, K)) == []


def test_bases_of_different_variables_do_not_meet() -> None:
    assert withheld([cell(set(range(10))), cell(set(range(11)), series=1, variable="y")], k=K) == set()


def few(members: set[int]) -> bool:
    return 0 < len(members) < K


def follows(visible: list[tuple[int, str, set[int]]]) -> list[str]:
    """Returns everything that a reader could derive about fewer than k organisations."""
    findings = [f"{published_cell} is small" for published_cell in visible if len(published_cell[2]) < K]
    for first, second in combinations(visible, 2):
        for inner, outer in ((first[2], second[2]), (second[2], first[2])):
            if inner < outer and few(outer - inner):
                findings.append(f"{outer - inner} is the difference of {first} and {second}")
    for first, second in combinations({frozenset(published_cell[2]) for published_cell in visible}, 2):
        for whole in visible:
            if not first & second and first | second < whole[2] and few(whole[2] - first - second):
                findings.append(f"{whole} less {set(first)} and {set(second)}")
    totals = {series: members for series, dimension, members in visible if dimension == ALL}
    for series, total in totals.items():
        for dimension in {published_cell[1] for published_cell in visible} - {ALL}:
            parts = [members for number, name, members in visible if (number, name) == (series, dimension)]
            rest = total - set().union(*parts)
            if parts and few(rest):
                findings.append(f"{rest} is left over by {dimension}")
    return findings


@st.composite
def releases(draw: st.DrawFn) -> list[tuple[int, str, set[int]]]:
    """Generates two questions with separate bases, cut by two dimensions."""
    count = draw(st.integers(0, 40))
    labels = {
        dimension: draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))
        for dimension in ("sector", "region")
    }
    cells = []
    for series in range(2):
        base = draw(st.sets(st.integers(0, max(0, count - 1)), max_size=count)) if count else set()
        cells.append((series, ALL, base))
        for dimension, values in labels.items():
            cells += [
                (series, dimension, {organization for organization in base if values[organization] == code})
                for code in range(4)
            ]
    return cells


@given(releases())
@settings(max_examples=300, deadline=None)
def test_nothing_about_fewer_than_k_follows_from_what_is_shown(
    cells: list[tuple[int, str, set[int]]],
) -> None:
    protected = [cell(members, series=series, dimension=name) for series, name, members in cells]
    hidden = withheld(protected, k=K)
    assert (
        follows([published_cell for position, published_cell in enumerate(cells) if position not in hidden])
        == []
    )


def test_the_second_program_sees_what_is_wrong() -> None:
    assert follows([(0, ALL, set(range(20))), (0, "sector", set(range(18)))])
    assert follows([(0, ALL, {1, 2})])


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([1.0] * 10, False),
        ([3.0, *[1.0] * 9], False),
        ([3.1, *[1.0] * 9], True),
        ([2.4, 2.4, *[0.6] * 8], False),
        ([2.4, 2.5, *[0.6] * 8], True),
        ([0.0] * 5, False),
    ],
)
def test_no_organisation_carries_a_quarter_and_no_two_half(weights: list[float], expected: bool) -> None:
    assert is_dominated(np.array(weights)) is expected


def test_a_dominated_cell_is_withheld() -> None:
    dominated = replace(cell(set(range(10))), is_dominated=True)
    assert withheld([dominated], k=K) == {0}


def test_what_only_four_cells_together_give_away_is_closed() -> None:
    """All minus two parts leaves the third, which differs by two from a cell about the same answers."""
    parts = [set(range(10)), set(range(10, 20)), set(range(20, 32))]
    cells = [cell(set(range(32))), *(cell(part, dimension="sector") for part in parts[:2]),
             cell(set(range(22, 32)), series=1, dimension="region", priority=2)]  # fmt: skip
    hidden = withheld(cells, k=K)
    assert hidden
    visible = [
        protected_cell.exposes[0][1] for place, protected_cell in enumerate(cells) if place not in hidden
    ]
    masks = [np.array([bool(members >> place & 1) for place in range(64)]) for members in visible]
    assert list(small_groups(masks, K)) == []
    masks = [
        np.isin(np.arange(32), sorted(part)) for part in (set(range(32)), *parts[:2], set(range(22, 32)))
    ]
    (group,) = small_groups(masks, K)
    assert (group.members.tolist(), group.cells) == ([20, 21], (0, 1, 2, 3))
