"""Tests which unknowns of a small system have one value, against two programmes of scipy for each, and against sums
by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from posture.analysis.disclosure.linear_audit import _Reach
from posture.analysis.disclosure.linear_programme import Programme


def programme(
    equations: np.ndarray, totals: np.ndarray, limits: np.ndarray, most: np.ndarray, top: float
) -> Programme:
    bounds = np.column_stack([np.zeros(equations.shape[1]), np.full(equations.shape[1], top)])
    columns = np.arange(equations.shape[1])
    return Programme(columns, sparse.csr_matrix(equations), totals, sparse.csr_matrix(limits), most, bounds)


def not_left_open(linear_programme: Programme, true: np.ndarray, *earlier: np.ndarray) -> list[int]:
    system = SimpleNamespace(values=true, is_whole=np.ones(len(true), dtype=bool))
    return sorted(_Reach(system, linear_programme, [true, *earlier]).not_left_open(np.arange(len(true))))  # type: ignore[arg-type]


def by_two_programmes(linear_programme: Programme) -> list[int]:
    columns = []
    for column in range(len(linear_programme.places)):
        ends = []
        for sign in (1, -1):
            direction = np.zeros(len(linear_programme.places))
            direction[column] = sign
            solved = linprog(
                direction,
                A_ub=linear_programme.limits,
                b_ub=linear_programme.most,
                A_eq=linear_programme.equations,
                b_eq=linear_programme.totals,
                bounds=linear_programme.bounds,
            )
            ends.append(sign * solved.fun)
        if np.floor(ends[1] + 1e-5) - np.ceil(ends[0] - 1e-5) < 1:
            columns.append(column)
    return columns


@pytest.mark.parametrize("seed", range(30))
def test_it_agrees_with_two_programmes_for_each_unknown(seed: int) -> None:
    random = np.random.default_rng(seed)
    true = random.integers(0, 5, 12).astype(float)
    equations = random.integers(-1, 2, (random.integers(1, 10), 12)).astype(float)
    limits = random.integers(-1, 2, (4, 12)).astype(float)
    linear_programme = programme(
        equations, equations @ true, limits, limits @ true + random.integers(0, 2, 4), 4
    )
    assert not_left_open(linear_programme, true) == by_two_programmes(linear_programme)


def test_a_sum_of_nothing_leaves_one_value_and_another_sum_two() -> None:
    """a + b = 0 of counts: both are nobody. c + d = 3: neither follows."""
    equations = np.array([[1.0, 1, 0, 0], [0, 0, 1, 1]])
    linear_programme = programme(equations, np.array([0.0, 3]), np.zeros((0, 4)), np.zeros(0), 5)
    assert not_left_open(linear_programme, np.array([0.0, 0, 1, 2])) == [0, 1]


def test_a_solution_of_other_rows_settles_nothing() -> None:
    """a = 2 is published now; the earlier solution with a = 4 proves nothing any more."""
    linear_programme = programme(np.array([[1.0, 0]]), np.array([2.0]), np.zeros((0, 2)), np.zeros(0), 5)
    before = np.array([4.0, 5])
    assert linear_programme.is_solved(before).tolist() == [False, True]
    assert not_left_open(linear_programme, np.array([2.0, 1]), before) == [0]


def test_rows_without_a_solution_are_refused() -> None:
    """a + b = 3, and neither is more than 1."""
    linear_programme = programme(np.ones((1, 2)), np.array([3.0]), np.zeros((0, 2)), np.zeros(0), 1)
    with pytest.raises(ArithmeticError, match="contradict"):
        not_left_open(linear_programme, np.array([2.0, 1]))
