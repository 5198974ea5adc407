"""Finds numbers that can be derived from all published numbers together.

The audit examines every group and base of fewer than k organisations, every number that is shown as a range, and
every number that is withheld for its own answers. It checks whether the published rows leave more than one value. The
bases and sums of `linear_constraints` are equations, the ranges are limits.

First, by rank: whether all solutions of the equations agree in a number. Second, by the ends that remain after each
equation and limit is applied in turn. Third, by linear programmes: whether the lowest and highest value are the same
under the limits, too.

Two solutions in which a number differs show that it cannot be derived. The true values are one solution, and a few
solutions at corners settle nearly all numbers. The numbers that remain and never differed are tested together: if a
random sum of them has one value in all solutions, each of them has one value. For each of the rest both ends are
computed. Unknowns without limit that occur in only one equation say nothing about others. The equations that all
items of a role have the same organisations are used in the first two ways only, so the system has many small parts.

The time is bounded: one or two projections, a few programmes, and two programmes for each number that remains.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from posture.analysis.disclosure.implied_ends import implied_ends
from posture.analysis.disclosure.linear_programme import Programme, programme_of
from posture.analysis.disclosure.linear_system import CLOSE_TO_ALL, LinearSystem
from posture.methods.null_space import zero_in_all_solutions

DRAWS = 2
SEED = 11
TIGHT = 1e-5


@dataclass(frozen=True)
class Finding:
    """A number for which the published rows leave fewer than two values."""

    name: str
    cohort: str
    organizations: int
    low: float
    high: float


class LinearAudit:
    """Audits several sets of rows in turn, as they change. Solutions for the previous rows mostly solve the next ones
    too, because fewer numbers are shown exactly."""

    def __init__(self) -> None:
        self.solutions: list[np.ndarray] = []

    def findings(self, system: LinearSystem, *, k: int) -> Iterator[Finding]:
        """The numbers that can be derived; empty if there are none. Raises ArithmeticError if the published rows
        contradict each other."""
        by_equations = _determined(system)
        system.low, system.high = implied_ends(system.sums, *system.ends, system.is_whole)
        is_narrow = by_equations | ~are_apart(system.low, system.high, system.is_whole)
        is_target = _targets(system, is_narrow | system.known, k)
        yield from _at_ends(system, is_target & is_narrow, system.low, system.high)
        yield from self._by_programmes(system, is_target & ~is_narrow)

    def _by_programmes(self, system: LinearSystem, is_target: np.ndarray) -> Iterator[Finding]:
        programme = programme_of(system, is_target)
        reach = _Reach(system, programme, [system.values, *self.solutions])
        for column in reach.not_left_open(np.flatnonzero(is_target[programme.places])):
            low, high = float(reach.low[column]), float(reach.high[column])
            yield _finding(system, int(programme.places[column]), low, high)
        self.solutions = reach.solutions


def _at_ends(
    system: LinearSystem, is_target: np.ndarray, low: np.ndarray, high: np.ndarray
) -> Iterator[Finding]:
    for place in np.flatnonzero(is_target):
        yield _finding(system, int(place), float(low[place]), float(high[place]))


def are_apart(low: np.ndarray, high: np.ndarray, is_whole: np.ndarray) -> np.ndarray:
    """Whether the ends leave more than one value: for organisations two whole numbers, for a sum of answers two
    values."""
    whole = np.floor(high + TIGHT) - np.ceil(low - TIGHT) >= 1
    return np.where(is_whole, whole, high - low > TIGHT * np.maximum(1.0, np.abs(high)))


class _Reach:
    """The known solutions of a programme. low, high: the lowest and highest value of each unknown in them."""

    def __init__(self, system: LinearSystem, programme: Programme, solutions: Sequence[np.ndarray]) -> None:
        self.system, self.programme = system, programme
        self.is_whole = system.is_whole[programme.places]
        self.low, self.high = (np.full(len(programme.places), end) for end in (np.inf, -np.inf))
        self.solutions = [solution for solution in solutions if self._add(solution)]
        self.random = np.random.default_rng(SEED)

    def not_left_open(self, columns: np.ndarray) -> Iterator[int]:
        """The columns that have fewer than two values."""
        remaining, is_narrowing, draw = self._unsettled(columns), True, 0
        while len(remaining) and is_narrowing:
            before = remaining
            apart = self._ends(remaining, self._direction(draw, len(remaining)))
            remaining = self._unsettled(remaining)
            if len(remaining) == len(before) and apart < TIGHT and self._is_still(remaining).all():
                yield from remaining.tolist()
                return
            is_narrowing = len(remaining) < len(before) or draw < DRAWS
            draw += 1
        yield from self._one_by_one(remaining)

    def _one_by_one(self, remaining: np.ndarray) -> Iterator[int]:
        is_still = self._is_still(remaining)
        if (
            is_still.any()
            and self._ends(remaining[is_still], self._direction(0, int(is_still.sum()))) < TIGHT
        ):
            yield from remaining[is_still].tolist()
            remaining = remaining[~is_still]
        for column in remaining.tolist():
            self._ends(np.array([column]), np.ones(1))
            yield from self._unsettled(np.array([column])).tolist()

    def _is_still(self, columns: np.ndarray) -> np.ndarray:
        return np.asarray(self.high[columns] - self.low[columns] < TIGHT)

    def _direction(self, draw: int, length: int) -> np.ndarray:
        """A direction in which all remaining numbers are large or small together, or random."""
        return self.random.standard_normal(length) if draw % 2 else self.random.uniform(0.5, 1.0, length)

    def _ends(self, columns: np.ndarray, weights: np.ndarray) -> float:
        """Adds the solutions in which the weighted sum of these columns is lowest and highest. Returns the
        difference."""
        places = self.programme.places
        direction = np.zeros(len(places))
        direction[columns] = weights
        sums = []
        for sign in (1.0, -1.0):
            values = self.system.values.copy()
            values[places] = self.programme.least(sign * direction, values[places])
            sums.append(direction @ values[places])
            self._add(values)
            self.solutions.append(values)
        return float(sums[1] - sums[0])

    def _add(self, values: np.ndarray) -> bool:
        """Adds values, one for each unknown of the system. Returns whether they solve any part."""
        programme_values = values[self.programme.places]
        is_solved = self.programme.is_solved(programme_values)
        self.low[is_solved] = np.minimum(self.low, programme_values)[is_solved]
        self.high[is_solved] = np.maximum(self.high, programme_values)[is_solved]
        return bool(is_solved.any())

    def _unsettled(self, columns: np.ndarray) -> np.ndarray:
        is_open = are_apart(self.low[columns], self.high[columns], self.is_whole[columns])
        return np.asarray(columns[~is_open])


def _determined(system: LinearSystem) -> np.ndarray:
    """The unknowns that the equations alone determine."""
    unknown = np.flatnonzero(~system.known)
    is_determined = np.zeros(len(system.values), dtype=bool)
    is_determined[unknown] = zero_in_all_solutions(system.equations[:, unknown].tocsr())
    return is_determined


def _finding(system: LinearSystem, place: int, low: float, high: float) -> Finding:
    number, cohort = system.counts.name(place)
    return Finding(number.name, cohort.slug, int(system.sizes[place]), low, high)


def _targets(system: LinearSystem, is_known: np.ndarray, k: int) -> np.ndarray:
    """Unknowns that must not be derived: groups and bases below k, numbers shown as a range, and numbers withheld for
    their own answers. The difference of two published bases may be derived if it is zero."""
    is_target = np.zeros(len(system.values), dtype=bool)
    columns = len(system.counts.cohorts)
    for count in system.relations.must_not_be_few():
        places = slice(count * columns, (count + 1) * columns)
        is_target[places] = (system.sizes[places] > 0) & (system.sizes[places] < k)
    is_nobody = _nobody_between_bases(system)
    is_target[list(system.bounded)] = True
    is_target[
        [
            base
            for base, left_out in system.beside
            if system.values[left_out] and not system.is_published(left_out)
        ]
    ] = True
    is_target[[place for place, base in system.withheld if _is_secret(system, place, base, is_known, k)]] = (
        True
    )
    return is_target & ~system.known & ~is_nobody


def _is_secret(system: LinearSystem, place: int, base: int, is_known: np.ndarray, k: int) -> bool:
    """Whether a withheld number must not be derived: if its base is below k, or if it is a share of nearly no or
    nearly all organisations. Another number is withheld because it would reveal others, and may be derived from these
    nevertheless."""
    size = system.sizes[base]
    is_limited = bool(is_known[base]) or system.values[place] <= CLOSE_TO_ALL
    return bool(size) and (bool(size < k) or (is_limited and system.is_extreme(place)))


def _nobody_between_bases(system: LinearSystem) -> np.ndarray:
    """Numbers that are zero by the bases alone."""
    sums, low, high = system.sums_of_bases
    low, high = implied_ends(sums, low, high, system.is_whole)
    return np.asarray((np.abs(low) < TIGHT) & (np.abs(high) < TIGHT))
