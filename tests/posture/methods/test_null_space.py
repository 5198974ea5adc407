"""Tests which unknowns of a homogeneous system have one value, against scipy's null space by singular values."""

import numpy as np
import pytest
from scipy import linalg, sparse

from posture.methods import null_space
from posture.methods.null_space import zero_in_all_solutions

CLOSE = 1e-8


def by_singular_values(matrix: np.ndarray) -> np.ndarray:
    return np.asarray((np.abs(linalg.null_space(matrix)) < CLOSE).all(axis=1))


def random_system(random: np.random.Generator) -> np.ndarray:
    """Returns equations as between counts: few terms, many of them equalities and some of one unknown."""
    unknowns = int(random.integers(1, 14))
    matrix = np.zeros((int(random.integers(1, 18)), unknowns))
    for row in matrix:
        size = min(unknowns, int(random.choice([0, 1, 2, 2, 2, 3, 4])))
        places = random.choice(unknowns, size=size, replace=False)
        row[places] = random.choice([1.0, -1.0, 1.0, -1.0, 2.0, -100.0], size=size)
        if size == 2 and random.random() < 0.6:
            row[places[1]] = -row[places[0]]
    return matrix


@pytest.mark.parametrize("seed", range(300))
def test_it_agrees_with_singular_values(seed: int) -> None:
    matrix = random_system(np.random.default_rng(seed))
    assert zero_in_all_solutions(sparse.csr_matrix(matrix)).tolist() == by_singular_values(matrix).tolist()


@pytest.mark.parametrize("seed", range(100))
@pytest.mark.parametrize("steps", [null_space.STEPS, 0], ids=["by steps", "where the steps do not get there"])
def test_many_equations_are_solved_by_steps_or_by_a_factorization(
    seed: int, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(null_space, "MANY_EQUATIONS", 0)
    monkeypatch.setattr(null_space, "STEPS", steps)
    matrix = random_system(np.random.default_rng(seed))
    assert zero_in_all_solutions(sparse.csr_matrix(matrix)).tolist() == by_singular_values(matrix).tolist()


def test_a_solution_that_the_steps_did_not_reach_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(null_space, "STEPS", 1)
    matrix = sparse.csr_matrix([[1.0, 1.0, 1.0, 0.0], [0.0, 1.0, -2.0, 1.0], [1.0, 0.0, 3.0, 1.0]])
    assert null_space._LsmrProjection(matrix).projected(np.arange(4.0)) is None


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[0.0, 0.0]], [False, False]),
        ([[3.0, 0.0]], [True, False]),
        ([[1.0, -1.0]], [False, False]),
        ([[1.0, -1.0], [1.0, 1.0]], [True, True]),
        ([[1.0, -1.0, 0.0], [0.0, 5.0, -5.0], [1.0, 0.0, -2.0]], [True, True, True]),
        ([[1.0, -1.0, 0.0], [1.0, -1.0, 1.0]], [False, False, True]),
    ],
    ids=["nothing said", "one unknown", "equal", "equal and opposite", "a chain", "what equal ones leave"],
)
def test_what_each_equation_does(rows: list[list[float]], expected: list[bool]) -> None:
    assert zero_in_all_solutions(sparse.csr_matrix(rows)).tolist() == expected


def test_a_system_without_unknowns_has_none() -> None:
    assert zero_in_all_solutions(sparse.csr_matrix((3, 0))).tolist() == []
