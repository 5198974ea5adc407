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
        for line in self._lines_of[count]:
            yield [self.unknowns.place_at(other, column) for other in line if other != count]

    @cached_property
    def _lines_of(self) -> dict[int, list[list[int]]]:
        found: dict[int, list[list[int]]] = defaultdict(list)
        for line in self.relations.lines:
            counts = [count for count, _ in line.terms]
            for count in dict.fromkeys(counts):
                found[count].append(counts)
        return found

    def _of_counts(self, values: list[bool]) -> np.ndarray:
        return np.repeat(values, len(self.cohorts))

    def _ends_of_scale(self, organizations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        tops = np.array([count.top for count in self.relations.counts])
        signed = np.array([count.is_difference for count in self.relations.counts])
        high = np.outer(tops, organizations)
        is_open = np.array([count.is_membership for count in self.relations.counts])
        # The number of organisations of a cohort that take part is not published, so it limits no base.
        high[is_open] = 2 * organizations.max() * tops[is_open, None]
        return np.where(signed[:, None], -high, 0.0).ravel(), high.ravel()

    @cached_property
    def sums(self) -> sparse.csr_matrix:
        """The sums that equal zero, within each cohort and then across cohorts: [equations, unknowns]."""
        counts, columns = len(self.relations.counts), len(self.cohorts)
        lines = sparse.lil_matrix((len(self.relations.lines), counts))
        for number, line in enumerate(self.relations.lines):
            for count, factor in line.terms:
                lines[number, count] += factor
        found = list(families(self.cohorts))
        across = sparse.lil_matrix((len(found), columns))
        for number, (whole, parts) in enumerate(found):
            across[number, whole] = -1.0
            across[number, parts] = 1.0
        within = sparse.kron(lines, sparse.identity(columns))
        return sparse.vstack([within, sparse.kron(sparse.identity(counts), across)]).tocsr()

    @cached_property
    def is_of_role(self) -> np.ndarray:
        """Whether each sum only says that all items of a role have the same organisations."""
        found = np.zeros(self.sums.shape[0], dtype=bool)
        within = self._of_counts([line.is_of_role for line in self.relations.lines])
        found[: len(within)] = within
        return found

    @cached_property
    def limits(self) -> tuple[sparse.csr_matrix, np.ndarray, np.ndarray]:
        """Limits of the unknowns: a count does not exceed its base, and other sums that are at most zero.
        lower <= matrix @ x <= upper."""
        return self.matrix_of([*self._within_bases(), *self._at_most_nothing()])

    def matrix_of(self, limits: Sequence[Limit]) -> tuple[sparse.csr_matrix, np.ndarray, np.ndarray]:
        """The limits as a matrix, sparse[limits, unknowns], and the ends of each."""
        lengths = [len(one[0]) for one in limits]
        rows = np.repeat(np.arange(len(limits)), lengths)
        places = np.fromiter((place for one in limits for place in one[0]), dtype=int, count=len(rows))
        factors = np.fromiter((factor for one in limits for factor in one[1]), dtype=float, count=len(rows))
        matrix = sparse.csr_matrix((factors, (rows, places)), shape=(len(limits), len(self.values)))
        return matrix, np.array([one[2] for one in limits]), np.array([one[3] for one in limits])

    def _at_most_nothing(self) -> Iterator[Limit]:
        for terms in self.relations.at_most_nothing:
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
