"""Looks for numbers that follow from everything that is published together.

For every group of fewer than k organisations, and for every number that is told as a range, it asks whether the
published rows leave more than one value. The bases and sums of `relations` are equations, the ranges are limits.

By rank: whether all solutions of the equations agree in a number. By linear programmes: whether its lowest and its
highest value are the same under the limits, too. Two solutions in which a number differs show that it does not follow.
A few solutions at corners settle nearly all numbers, and for each of the rest both ends are computed. Unknowns without
limit that stand in one equation only say nothing about others, and that all items of a role are for the same
organisations is left to the rank, so the system falls into many small parts. The time is bounded: one factorization, a
few programmes for each part, and two for each number that is left.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.csgraph import connected_components

from posture.analysis.implied_ends import implied_ends
from posture.analysis.linear_system import LinearSystem
from posture.methods.null_space import factorized, still, with_unit_rows

DRAWS = 4
SEED = 11
TIGHT = 1e-5


@dataclass(frozen=True)
class Finding:
    """A number that the published rows leave fewer than two values."""

    name: str
    cohort: str
    organizations: int
    low: float
    high: float


def findings(system: LinearSystem, *, k: int) -> Iterator[Finding]:
    """Empty when nothing follows. Raises ArithmeticError when the published rows contradict each other."""
    by_equations = _determined(system)
    system.low, system.high = implied_ends(system.sums, *system.ends, system.is_whole)
    is_narrow = by_equations | ~are_apart(system.low, system.high, system.is_whole)
    is_target = _targets(system, is_narrow | system.known, k)
    yield from _at_ends(system, is_target & is_narrow, system.low, system.high)
    for part in _parts(system, is_target & ~is_narrow):
        yield from part.findings()


def _at_ends(system: LinearSystem, those: np.ndarray, low: np.ndarray, high: np.ndarray) -> Iterator[Finding]:
    for place in np.flatnonzero(those):
        yield _finding(system, int(place), float(low[place]), float(high[place]))


def are_apart(low: np.ndarray, high: np.ndarray, is_whole: np.ndarray) -> np.ndarray:
    """Two whole numbers of organisations lie between the ends; of a sum of answers, more than one value."""
    whole = np.floor(high + TIGHT) - np.ceil(low - TIGHT) >= 1
    return np.where(is_whole, whole, high - low > TIGHT * np.maximum(1.0, np.abs(high)))


def _determined(system: LinearSystem) -> np.ndarray:
    """By the equations alone."""
    unknown = np.flatnonzero(~system.known)
    equations = system.equations[:, unknown].tocsr()
    equations = with_unit_rows(equations[np.flatnonzero(np.diff(equations.indptr))])
    found = np.zeros(len(system.values), dtype=bool)
    if equations.shape[0]:
        found[unknown[still(equations, factorized(equations))]] = True
    return found


def _finding(system: LinearSystem, place: int, low: float, high: float) -> Finding:
    number, cohort = system.name(place)
    return Finding(number.name, cohort.slug, int(system.sizes[place]), low, high)


def _targets(system: LinearSystem, is_known: np.ndarray, k: int) -> np.ndarray:
    """Unknowns that must not follow: groups and bases below k, what is told as a range, and what is withheld for its
    own answers. That nobody lies between two published bases is no secret."""
    found = np.zeros(len(system.values), dtype=bool)
    columns = len(system.cohorts)
    for count in system.relations.must_not_be_few():
        places = slice(count * columns, (count + 1) * columns)
        found[places] = (system.sizes[places] > 0) & (system.sizes[places] < k)
    told_by_bases = _told_by_bases(system)
    found[list(system.vague)] = True
    found[[base for base, few in system.beside if not told_by_bases[few] and not system.is_told(few)]] = True
    found[[place for place, base in system.withheld if _is_secret(system, place, base, is_known, k)]] = True
    return found & ~system.known & ~told_by_bases


def _is_secret(system: LinearSystem, place: int, base: int, is_known: np.ndarray, k: int) -> bool:
    """Of what is withheld: what rests on fewer than k, and shares of nearly nobody or nearly everybody. Another number
    is withheld for what it would tell beside others, and may follow from these all the same."""
    size = system.sizes[base]
    return bool(size) and (bool(size < k) or (bool(is_known[base]) and system.is_extreme(place)))


def _told_by_bases(system: LinearSystem) -> np.ndarray:
    sums, low, high = system.sums_of_bases
    low, high = implied_ends(sums, low, high, system.is_whole)
    return ~are_apart(low, high, system.is_whole)


class _Part:
    """Unknowns that equations connect, and no others."""

    def __init__(
        self,
        system: LinearSystem,
        places: np.ndarray,
        equations: sparse.csr_matrix,
        totals: np.ndarray,
        limits: sparse.csr_matrix,
        ends: tuple[np.ndarray, np.ndarray],
        targets: np.ndarray,
    ) -> None:
        self.system, self.places, self.targets = system, places, targets
        self.equations, self.totals = equations, totals
        lower, upper = ends
        self.limits = sparse.vstack([limits[np.isfinite(upper)], -limits[np.isfinite(lower)]])
        self.most = np.concatenate([upper[np.isfinite(upper)], -lower[np.isfinite(lower)]])
        self.bounds = np.column_stack([system.low[places], system.high[places]])

    def findings(self) -> Iterator[Finding]:
        for column in self._unsettled():
            low, high = (float(self._solve(sign * self._unit(column))[column]) for sign in (1.0, -1.0))
            if not self._is_settled(low, high, column):
                yield _finding(self.system, int(self.places[column]), low, high)

    def _unsettled(self) -> list[int]:
        """The targets that have one value in all solutions at some corners: at random first, then where those that are
        left are largest and smallest together, as long as that settles any."""
        random = np.random.default_rng(SEED)
        low, high = np.full(len(self.places), np.inf), np.full(len(self.places), -np.inf)
        left = self.targets.tolist()
        draw = 0
        while True:
            direction = np.zeros(len(self.places))
            direction[left] = (
                random.standard_normal(len(left)) if draw % 2 else random.uniform(0.5, 1.0, len(left))
            )
            for sign in (1.0, -1.0):
                values = self._solve(sign * direction)
                low, high = np.minimum(low, values), np.maximum(high, values)
            before, left = (
                left,
                [column for column in left if not self._is_settled(low[column], high[column], column)],
            )
            if not left or (draw >= DRAWS and len(left) == len(before)):
                return left
            draw += 1

    def _unit(self, column: int) -> np.ndarray:
        unit = np.zeros(len(self.places))
        unit[column] = 1.0
        return unit

    def _solve(self, direction: np.ndarray) -> np.ndarray:
        found = linprog(
            direction,
            A_ub=self.limits if self.limits.shape[0] else None,
            b_ub=self.most if self.limits.shape[0] else None,
            A_eq=self.equations if self.equations.shape[0] else None,
            b_eq=self.totals if self.equations.shape[0] else None,
            bounds=self.bounds,
            method="highs",
        )
        if found.x is None:
            raise ArithmeticError(f"The published rows contradict each other: {found.message}")
        return np.asarray(found.x)

    def _is_settled(self, low: float, high: float, column: int) -> bool:
        is_whole = self.system.is_whole[self.places[column]]
        return bool(are_apart(np.asarray(low), np.asarray(high), is_whole))


def _parts(system: LinearSystem, is_target: np.ndarray) -> Iterator[_Part]:
    unknown = np.flatnonzero(~system.known)
    given = np.where(system.known, system.values, 0.0)
    narrow = np.flatnonzero(~system.is_of_role)
    equations, limits, lower, upper = system.equations[narrow], *system.limits
    totals = system.totals[narrow] - equations @ given
    shift = limits @ given
    lower, upper = lower - shift, upper - shift
    equations, limits = equations[:, unknown], limits[:, unknown]
    is_open = system.is_open[unknown] & ~is_target[unknown]
    keeps = _saying_something(equations, limits, is_open)
    equations, totals = equations[keeps], totals[keeps]
    matrix = sparse.vstack([equations, limits]).tocsc()
    labels = _labels(matrix)
    row_of_equation = _first_label(equations, labels)
    row_of_limit = _first_label(limits, labels)
    for label in np.unique(labels[is_target[unknown]]):
        columns = np.flatnonzero(labels == label)
        rows, wide = np.flatnonzero(row_of_equation == label), np.flatnonzero(row_of_limit == label)
        yield _Part(
            system,
            unknown[columns],
            equations[rows][:, columns],
            totals[rows],
            limits[wide][:, columns],
            (lower[wide], upper[wide]),
            np.flatnonzero(is_target[unknown][columns]),
        )


def _saying_something(
    equations: sparse.csr_matrix, limits: sparse.csr_matrix, is_open: np.ndarray
) -> np.ndarray:
    """The equations without an open unknown that stands nowhere else."""
    kept = np.arange(equations.shape[0])
    is_limited = np.diff(limits.tocsc().indptr) > 0
    while True:
        left = equations[kept]
        is_alone = (np.diff(left.tocsc().indptr) == 1) & is_open & ~is_limited
        says = np.diff(left[:, np.flatnonzero(is_alone)].tocsr().indptr) == 0
        if says.all():
            return kept
        kept = kept[says]


def _labels(matrix: sparse.csc_matrix) -> np.ndarray:
    """For each column the number of the part that it belongs to."""
    columns = matrix.shape[1]
    graph = sparse.bmat([[None, matrix.T], [matrix, None]])
    return np.asarray(connected_components(graph, directed=False)[1][:columns])


def _first_label(matrix: sparse.csr_matrix, labels: np.ndarray) -> np.ndarray:
    """For each row the part of its columns; -1 where it has none."""
    matrix = matrix.tocsr()
    found = np.full(matrix.shape[0], -1)
    filled = np.flatnonzero(np.diff(matrix.indptr))
    found[filled] = labels[matrix.indices[matrix.indptr[filled]]]
    return found
