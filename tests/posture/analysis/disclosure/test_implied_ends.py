"""Tests ends that follow from sums, against sums by hand and against linear programmes, which give the same ends."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import linprog

from posture.analysis.disclosure.implied_ends import Sums, implied_ends


def sums(rows: list[list[float]], lower: list[float], upper: list[float]) -> Sums:
    return Sums(sparse.csr_matrix(np.array(rows, dtype=float)), np.array(lower), np.array(upper))


def test_two_bases_leave_nobody() -> None:
    """88 answered, 88 are complete, so nobody is without evidence or in no base."""
    low, high = implied_ends(
        sums([[-1, 1, 1, 1]], [0.0], [0.0]),
        np.array([88.0, 88.0, 0.0, 0.0]),
        np.array([88.0, 88.0, 100.0, 100.0]),
        np.ones(4, dtype=bool),
    )
    assert high.tolist() == [88.0, 88.0, 0.0, 0.0]
    assert low.tolist() == [88.0, 88.0, 0.0, 0.0]


def test_organizations_are_whole() -> None:
    """At most a tenth of 27 are at most 2."""
    limit = sums([[1.0, -0.1]], [-np.inf], [0.0])
    _, high = implied_ends(limit, np.array([0.0, 27.0]), np.array([27.0, 27.0]), np.array([True, True]))
    assert high[0] == 2
    _, high = implied_ends(limit, np.array([0.0, 27.0]), np.array([27.0, 27.0]), np.array([False, True]))
    assert high[0] == pytest.approx(2.7)


def test_a_factor_of_nothing_says_nothing() -> None:
    low, high = implied_ends(
        sums([[1.0, -0.0]], [-np.inf], [0.0]), np.zeros(2), np.array([5.0, 9.0]), np.ones(2, dtype=bool)
    )
    assert low.tolist() == [0, 0]
    assert high.tolist() == [0, 9]


def test_what_contradicts_itself_is_named() -> None:
    with pytest.raises(ArithmeticError, match="contradict"):
        implied_ends(sums([[1, 1]], [9.0], [9.0]), np.zeros(2), np.array([3.0, 4.0]), np.ones(2, dtype=bool))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(2, 6))
def test_no_solution_lies_outside(seed: int, rows: int, unknowns: int) -> None:
    random = np.random.default_rng(seed)
    truth = random.integers(0, 9, unknowns).astype(float)
    matrix = random.integers(-2, 3, (rows, unknowns)).astype(float)
    totals = matrix @ truth
    slack = random.integers(0, 3, rows)
    constraints = sums(matrix.tolist(), list(totals - slack), list(totals + slack))
    low, high = implied_ends(
        constraints, np.zeros(unknowns), np.full(unknowns, 9.0), np.zeros(unknowns, dtype=bool)
    )
    for place, unit in enumerate(np.eye(unknowns)):
        least, most = (
            sign
            * linprog(
                sign * unit,
                A_ub=np.vstack([matrix, -matrix]),
                b_ub=np.concatenate([totals + slack, slack - totals]),
                bounds=[(0, 9)] * unknowns,
            ).fun
            for sign in (1.0, -1.0)
        )
        assert low[place] - 1e-5 <= least
        assert most <= high[place] + 1e-5
