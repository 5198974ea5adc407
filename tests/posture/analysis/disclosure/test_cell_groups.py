import numpy as np

from posture.analysis.disclosure.cell_groups import CellGroups

K = 5
ALL_OF_TEN = np.ones(10, dtype=bool)


def of(*places: int) -> np.ndarray:
    return np.isin(np.arange(10), places)


def test_cells_of_the_same_organisations_are_one_set() -> None:
    groups = CellGroups([ALL_OF_TEN, of(0, 1), ALL_OF_TEN, of(1, 2, 3)])
    assert groups.numbers == [0, 1, 0, 2]
    assert groups.firsts == [0, 1, 3]


def test_organisations_in_two_sets_are_counted() -> None:
    common = CellGroups([ALL_OF_TEN, of(0, 1), of(1, 2, 3)]).common()
    assert common.tolist() == [[10, 2, 3], [2, 2, 1], [3, 1, 3]]


def test_a_small_group_names_the_last_cells_that_derive_it() -> None:
    """All less six and less two leave two. The fourth cell has the organisations of the second."""
    six = of(0, 1, 2, 3, 4, 5)
    cells = [ALL_OF_TEN, six, of(6, 7), six]
    small_combinations = list(CellGroups(cells).combinations(["all", "sector", "sector", "sector"], K))
    assert (2, [0, 3, 2]) in small_combinations
    assert all(organizations < K for organizations, _ in small_combinations)


def test_cells_of_other_dimensions_are_not_combined_within_a_dimension() -> None:
    cells = [ALL_OF_TEN, of(0, 1, 2, 3, 4), of(5, 6, 7, 8, 9)]
    assert list(CellGroups(cells).combinations(["all", "sector", "size"], K)) == []
