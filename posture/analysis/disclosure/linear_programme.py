"""Builds one linear programme of the unknowns of a linear system that are connected with the protected numbers."""

from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from posture.analysis.disclosure.linear_system import LinearSystem
from posture.analysis.disclosure.simplex import Simplex

FEASIBLE = 1e-6


class Programme:
    """A linear programme: equations @ x == totals, limits @ x <= most, and bounds[:, 0] <= x <= bounds[:, 1].

    places  int[columns], the unknowns of the system
    parts   int[columns], a number for all unknowns that equations and limits connect
    """

    def __init__(
        self,
        places: np.ndarray,
        equations: sparse.csr_matrix,
        totals: np.ndarray,
        limits: sparse.csr_matrix,
        most: np.ndarray,
        bounds: np.ndarray,
    ) -> None:
        self.places, self.bounds = places, bounds
        self.equations, self.totals = equations, totals
        self.limits, self.most = limits, most
        self._solvers: dict[int, Simplex] = {}

    @cached_property
    def parts(self) -> np.ndarray:
        matrix = sparse.vstack([self.equations, self.limits])
        graph = sparse.bmat([[None, matrix.T], [matrix, None]])
        return np.asarray(connected_components(graph, directed=False)[1][: len(self.places)])

    def around(self, columns: np.ndarray) -> "Programme":
        """The programme of the parts of these columns alone."""
        is_chosen = np.isin(self.parts, self.parts[columns])
        chosen, equations, limits = (
            np.flatnonzero(is_chosen),
            _rows(self.equations, is_chosen),
            _rows(self.limits, is_chosen),
        )
        return Programme(
            self.places[chosen],
            self.equations[equations][:, chosen],
            self.totals[equations],
            self.limits[limits][:, chosen],
            self.most[limits],
            self.bounds[chosen],
        )

    def is_solved(self, values: np.ndarray) -> np.ndarray:
        """Whether the values solve the part of each unknown: bool[columns].

        values  float[columns]
        """
        is_wrong = np.zeros(self.parts.max(initial=0) + 1, dtype=bool)
        outside = (values < self.bounds[:, 0] - FEASIBLE) | (values > self.bounds[:, 1] + FEASIBLE)
        is_wrong[self.parts[outside]] = True
        is_missed = np.abs(self.equations @ values - self.totals) > FEASIBLE * (1 + np.abs(self.totals))
        is_exceeded = self.limits @ values > self.most + FEASIBLE * (1 + np.abs(self.most))
        for matrix, rows in ((self.equations, is_missed), (self.limits, is_exceeded)):
            is_wrong[self.parts[matrix[np.flatnonzero(rows)].indices]] = True
        return ~is_wrong[self.parts]

    def least(self, direction: np.ndarray, values: np.ndarray) -> np.ndarray:
        """The solution that is smallest in this direction: float[columns]. Parts without direction stay as in
        `values`.

        direction, values  float[columns]
        Raises             ArithmeticError when there is no solution.
        """
        solution = values.copy()
        for part in np.unique(self.parts[np.flatnonzero(direction)]):
            inside = np.flatnonzero(self.parts == part)
            solution[inside] = self._simplex(part, inside).least(direction[inside])
        return solution

    def _simplex(self, part: int, inside: np.ndarray) -> Simplex:
        if part not in self._solvers:
            alone = self.around(inside[:1])
            rows = sparse.vstack([alone.equations, alone.limits], format="csr")
            lower = np.concatenate([alone.totals, np.full(len(alone.most), -np.inf)])
            upper = np.concatenate([alone.totals, alone.most])
            self._solvers[part] = Simplex(rows, lower, upper, alone.bounds)
        return self._solvers[part]


def programme_of(system: LinearSystem, is_target: np.ndarray) -> Programme:
    """The programme of the parts that have a target. is_target: bool, one for each unknown of the system."""
    unknown = np.flatnonzero(~system.known)
    known_values = np.where(system.known, system.values, 0.0)
    narrow = np.flatnonzero(~system.is_of_role)
    equations, limits, lower, upper = system.equations[narrow], *system.limits
    totals, shift = system.totals[narrow] - equations @ known_values, limits @ known_values
    lower, upper = lower - shift, upper - shift
    equations, limits = equations[:, unknown], limits[:, unknown]
    informative = _informative(equations, limits, system.is_open[unknown] & ~is_target[unknown])
    has_most, has_least = np.isfinite(upper), np.isfinite(lower)
    whole = Programme(
        unknown,
        equations[informative],
        totals[informative],
        sparse.vstack([limits[has_most], -limits[has_least]]).tocsr(),
        np.concatenate([upper[has_most], -lower[has_least]]),
        np.column_stack([system.low[unknown], system.high[unknown]]),
    )
    return whole.around(np.flatnonzero(is_target[unknown]))


def _rows(matrix: sparse.csr_matrix, is_chosen: np.ndarray) -> np.ndarray:
    """The rows with an entry in a kept column; all entries of a row belong to one part."""
    return np.flatnonzero(abs(matrix) @ is_chosen.astype(float))


def _informative(equations: sparse.csr_matrix, limits: sparse.csr_matrix, is_open: np.ndarray) -> np.ndarray:
    """The equations without an open unknown that occurs in no other equation or limit."""
    rows = np.arange(equations.shape[0])
    is_limited = np.diff(limits.tocsc().indptr) > 0
    while True:
        remaining = equations[rows]
        is_alone = (np.diff(remaining.tocsc().indptr) == 1) & is_open & ~is_limited
        is_informative = np.diff(remaining[:, np.flatnonzero(is_alone)].tocsr().indptr) == 0
        if is_informative.all():
            return rows
        rows = rows[is_informative]
