"""The unknowns of a release for any disclosure decision: their values, their ends, and their sums."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from scipy import sparse

from posture.analysis.answers.wave_data import Cohort
from posture.analysis.disclosure.cohort_sums import families
from posture.analysis.disclosure.linear_constraints.counts import Count, Relations
from posture.analysis.disclosure.tallies import Tallies
from posture.analysis.disclosure.unknowns import Unknowns

# Positions, factors, and the ends between which the sum lies.
Limit = tuple[list[int], list[float], float, float]


class CountsOfCohorts:
    """The unknowns of a release. values: the true values, one for each unknown; the cohorts of the first count, then
    those of the second. sizes: the number of organisations that each counts. low, high: the ends of each. is_open:
    unknowns without an end of their own. is_whole: unknowns that are numbers of organisations."""

    def __init__(self, relations: Relations, cohorts: Sequence[Cohort], tallies: Tallies) -> None:
        self.relations, self.cohorts = relations, list(cohorts)
        self.unknowns = Unknowns(cohorts)
        self.values, self.sizes = tallies.values.ravel(), tallies.sizes.ravel()
        self.is_base = self._of_counts([count.is_base for count in relations.counts])
        self.is_open = self._of_counts([count.is_membership for count in relations.counts])
        self.is_whole = self._of_counts([count.top == 1 for count in relations.counts])
        self.low, self.high = self._ends_of_scale(
            np.array([float(cohort.members.sum()) for cohort in self.cohorts])
        )

    def place(self, count: int, cohort: str) -> int:
        return self.unknowns.place(count, cohort)

    def name(self, place: int) -> tuple[Count, Cohort]:
        count, column = self.unknowns.count_and_column(place)
        return self.relations.counts[count], self.cohorts[column]

    def beside(self, place: int) -> Iterator[list[int]]:
        """The other unknowns of each sum of the cohort that contains the unknown."""
        count, column = self.unknowns.count_and_column(place)
        for equation in self._equations_of[count]:
            yield [self.unknowns.place_at(other, column) for other in equation if other != count]

    @cached_property
    def _equations_of(self) -> dict[int, list[list[int]]]:
        equations_of_count: dict[int, list[list[int]]] = defaultdict(list)
        for equation in self.relations.equations:
            counts = [count for count, _ in equation.terms]
            for count in dict.fromkeys(counts):
                equations_of_count[count].append(counts)
        return equations_of_count

    def _of_counts(self, values: list[bool]) -> np.ndarray:
        return np.repeat(values, len(self.cohorts))

    def _ends_of_scale(self, organizations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        tops = np.array([count.top for count in self.relations.counts])
        is_signed = np.array([count.is_difference for count in self.relations.counts])
        high = np.outer(tops, organizations)
        is_open = np.array([count.is_membership for count in self.relations.counts])
        # The number of organisations of a cohort that take part is not published, so it limits no base.
        high[is_open] = 2 * organizations.max() * tops[is_open, None]
        return np.where(is_signed[:, None], -high, 0.0).ravel(), high.ravel()

    @cached_property
    def sums(self) -> sparse.csr_matrix:
        """The sums that equal zero, within each cohort and then across cohorts: [equations, unknowns]."""
        counts, columns = len(self.relations.counts), len(self.cohorts)
        equations = sparse.lil_matrix((len(self.relations.equations), counts))
        for number, equation in enumerate(self.relations.equations):
            for count, factor in equation.terms:
                equations[number, count] += factor
        cohort_families = list(families(self.cohorts))
        across = sparse.lil_matrix((len(cohort_families), columns))
        for number, (whole, parts) in enumerate(cohort_families):
            across[number, whole] = -1.0
            across[number, parts] = 1.0
        within = sparse.kron(equations, sparse.identity(columns))
        return sparse.vstack([within, sparse.kron(sparse.identity(counts), across)]).tocsr()

    @cached_property
    def is_of_role(self) -> np.ndarray:
        """Whether each sum only says that all items of a role have the same organisations."""
        is_of_role = np.zeros(self.sums.shape[0], dtype=bool)
        within = self._of_counts([equation.is_of_role for equation in self.relations.equations])
        is_of_role[: len(within)] = within
        return is_of_role

    @cached_property
    def limits(self) -> tuple[sparse.csr_matrix, np.ndarray, np.ndarray]:
        """Limits of the unknowns: a count does not exceed its base, and other sums that are at most zero.
        lower <= matrix @ x <= upper."""
        return self.matrix_of([*self._within_bases(), *self._at_most_zero()])

    def matrix_of(self, limits: Sequence[Limit]) -> tuple[sparse.csr_matrix, np.ndarray, np.ndarray]:
        """The limits as a matrix, sparse[limits, unknowns], and the ends of each."""
        lengths = [len(limit[0]) for limit in limits]
        rows = np.repeat(np.arange(len(limits)), lengths)
        places = np.fromiter((place for limit in limits for place in limit[0]), dtype=int, count=len(rows))
        factors = np.fromiter(
            (factor for limit in limits for factor in limit[1]), dtype=float, count=len(rows)
        )
        matrix = sparse.csr_matrix((factors, (rows, places)), shape=(len(limits), len(self.values)))
        return matrix, np.array([limit[2] for limit in limits]), np.array([limit[3] for limit in limits])

    def _at_most_zero(self) -> Iterator[Limit]:
        for terms in self.relations.at_most_zero:
            counts, factors = zip(*terms, strict=True)
            for column in range(len(self.cohorts)):
                yield [self.unknowns.place_at(count, column) for count in counts], list(factors), -np.inf, 0.0

    def _within_bases(self) -> Iterator[Limit]:
        bases = {
            count.base.tobytes(): place for place, count in enumerate(self.relations.counts) if count.is_base
        }
        by_members = {
            place: bases[members]
            for place, count in enumerate(self.relations.counts)
            if (members := count.base.tobytes()) in bases and not count.is_membership
        }
        for place, base in {**by_members, **self.relations.within}.items():
            count = self.relations.counts[place]
            for column in range(len(self.cohorts)):
                places = [self.unknowns.place_at(place, column), self.unknowns.place_at(base, column)]
                yield places, [1.0, -count.top], -np.inf, 0.0
                if count.is_difference:
                    yield places, [1.0, count.top], 0.0, np.inf
