"""Everything that is published of one wave as a system of linear equations and inequalities.

An unknown is a count of `relations` in one cohort. What is known comes from published rows alone: their bases, their
values, and the ranges that they tell. The sums of `relations` hold in every cohort, and a cohort is the sum of its
parts.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from posture.analysis.cohort_sizes import OF_ALL
from posture.analysis.cohort_sums import families
from posture.analysis.implied_ends import Sums
from posture.analysis.relations.counts import Count, Key, Relations, Shown
from posture.analysis.relations.items import EVERYBODY
from posture.analysis.rows import BESIDE_FEW, PUBLISHED
from posture.analysis.wave_data import Cohort
from posture.methods.intervals import wilson
from surveys.cohorts import ALL

RowLike = Any
CLOSE = 1e-6
CLOSE_TO_ALL = 3


class LinearSystem:
    """values: the true values, one for each unknown. sizes: how many organisations each is about. known: where a
    published row gives the value. vague: those that a row tells as a range. equations @ x == totals for all of them,
    and lower <= limits @ x <= upper. is_open: unknowns that have no end of their own."""

    def __init__(self, relations: Relations, cohorts: Sequence[Cohort], rows: Iterable[RowLike]) -> None:
        self.relations, self.cohorts = relations, list(cohorts)
        self.columns = {cohort.slug: column for column, cohort in enumerate(self.cohorts)}
        members = np.array([cohort.members for cohort in self.cohorts], dtype=float).T
        scores = np.array([count.scores for count in relations.counts])
        bases = np.array([count.base for count in relations.counts], dtype=float)
        self.values = (scores @ members).ravel()
        self.sizes = (bases @ members).astype(int).ravel()
        self.known = np.zeros(len(self.values), dtype=bool)
        self._organizations = members.sum(axis=0)
        self.low, self.high = self._ends_of_scale(self._organizations)
        self.vague: set[int] = set()
        self._cohorts_with_limits: set[str] = set()
        self._extra: list[tuple[list[int], list[float], float, float]] = []
        self.withheld: set[tuple[int, int]] = set()
        self.beside: set[tuple[int, int]] = set()
        for row in rows:
            if row.status == PUBLISHED:
                self._read(row)
            else:
                self._note_withheld(row)
        self._know_who_takes_part()

    def place(self, count: int, cohort: str) -> int:
        return count * len(self.cohorts) + self.columns[cohort]

    def is_told(self, place: int) -> bool:
        """By a row of its own, or by rows that add up to it."""
        count, column = divmod(place, len(self.cohorts))
        others = (
            [other for other, _ in line.terms if other != count]
            for line in self.relations.lines
            if any(other == count for other, _ in line.terms)
        )
        columns = len(self.cohorts)
        return bool(self.known[place]) or any(
            all(self.known[other * columns + column] for other in those) for those in others
        )

    def name(self, place: int) -> tuple[Count, Cohort]:
        count, column = divmod(place, len(self.cohorts))
        return self.relations.counts[count], self.cohorts[column]

    def _ends_of_scale(self, organizations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        tops = np.array([count.top for count in self.relations.counts])
        signed = np.array([count.is_difference for count in self.relations.counts])
        high = np.outer(tops, organizations)
        is_open = np.array([count.is_base or count.is_group for count in self.relations.counts])
        self.is_open = np.repeat(is_open, len(organizations))
        # How many organisations of a cohort take part is not published, so it limits no base.
        high[is_open] = 2 * organizations.max() * tops[is_open, None]
        return np.where(signed[:, None], -high, 0.0).ravel(), high.ravel()

    # What the rows say.

    def _read(self, row: RowLike) -> None:
        key: Key = (row.subject_kind, row.subject, row.statistic, row.option)
        if row.statistic in OF_ALL:
            self._cohorts_with_limits.add(row.cohort)
        shown = self.relations.rows.get(key)
        if shown is None or row.base is None or row.cohort not in self.columns:
            return
        base = self.place(self.relations.bases[key], row.cohort)
        self._read_band(row, key)
        leaves_out = self._leaves_out(shown, row, base)
        if leaves_out:
            left_out = self.place(shown.left_out or 0, row.cohort)
            self._extra.append(([base, left_out], [1.0, -1.0], row.base, row.base))
            self.beside.add((base, left_out))
        elif row.base == self.sizes[base]:
            self._know(base, float(row.base))
        if shown.count is not None:
            place = self.place(shown.count, row.cohort)
            self._read_value(row, place, base, shown.offset)
            if row.bound and (not leaves_out or self.is_extreme(place)):
                self.vague.add(place)

    def _read_band(self, row: RowLike, key: Key) -> None:
        if key in self.relations.bands and row.value is not None:
            part, whole = (self.place(count, row.cohort) for count in self.relations.bands[key])
            ends = (-np.inf, 0.0) if row.bound == "at_most" else (0.0, np.inf)
            self._extra.append(([part, whole], [1.0, -row.value], *ends))

    def _note_withheld(self, row: RowLike) -> None:
        key: Key = (row.subject_kind, row.subject, row.statistic, row.option)
        shown = self.relations.rows.get(key)
        if shown is None or shown.count is None or row.cohort not in self.columns:
            return
        if self.relations.counts[shown.count].is_sensitive:
            base = self.place(self.relations.bases[key], row.cohort)
            self.withheld.add((self.place(shown.count, row.cohort), base))

    def _know_who_takes_part(self) -> None:
        """How many organisations take part in all is published beside the rows; of a cohort, by the limits of all."""
        if EVERYBODY not in self.relations:
            return
        everybody = self.relations.place(EVERYBODY)
        for slug in {ALL, *self._cohorts_with_limits} & self.columns.keys():
            self.known[self.place(everybody, slug)] = True

    def _read_value(self, row: RowLike, place: int, base: int, offset: float) -> None:
        scale = 0.01 if row.method.startswith("tango") else 1.0
        value = row.value if row.unweighted_value is None else row.unweighted_value
        if value is None:
            return
        if not row.bound and (row.weighted_base is None or row.unweighted_value is not None):
            total = (value - offset) * scale * row.base
            if row.weighted_base is None or self._is_true(total, place):
                self._know(place, float(np.round(total)) if abs(total - np.round(total)) < CLOSE else total)
            return
        if row.method.endswith(BESIDE_FEW) and any(
            self._is_true(row.value * (row.base + few), place) for few in range(CLOSE_TO_ALL + 1)
        ):
            self.known[place] = True  # the bound is the exact count, of the base and a few
            return
        # A weighted share limits a weighted count, which is no count of the system.
        if not row.bound or row.weighted_base is not None:
            return
        share = (row.value - offset) * scale
        ends = (-np.inf, 0.0) if row.bound == "at_most" else (0.0, np.inf)
        self._extra.append(([place, base], [1.0, -share], *ends))
        if row.base == self.sizes[base] and row.method == "wilson":
            low, high = _counts_of_interval(row)
            self.low[place], self.high[place] = max(self.low[place], low), min(self.high[place], high)

    def _is_true(self, total: float, place: int) -> bool:
        """Beside a weighted number the unweighted one may be rounded, and then it tells no count."""
        return bool(abs(total - self.values[place]) < CLOSE * max(1.0, abs(total)))

    def is_extreme(self, place: int) -> bool:
        """A count of nearly nobody or nearly everybody, whatever a row says of the base."""
        value, size = self.values[place], self.sizes[place]
        return bool(self.is_whole[place] and min(value, size - value) <= CLOSE_TO_ALL)

    def _leaves_out(self, shown: Shown, row: RowLike, base: int) -> bool:
        """The base that is told is that of the others; with nobody left out it is the same and is not known to be."""
        if shown.left_out is None or not self.relations.counts[shown.left_out].is_sensitive:
            return False
        left_out = self.values[self.place(shown.left_out, row.cohort)]
        return bool(row.base == self.sizes[base] - left_out)

    def _know(self, place: int, value: float) -> None:
        self.known[place] = True
        self.values[place] = value

    # The equations.

    @cached_property
    def equations(self) -> sparse.csr_matrix:
        counts, columns = len(self.relations.counts), len(self.cohorts)
        lines = sparse.lil_matrix((len(self.relations.lines), counts))
        for number, line in enumerate(self.relations.lines):
            for count, factor in line.terms:
                lines[number, count] += factor
        sums = sparse.lil_matrix((0, columns))
        found = list(families(self.cohorts))
        if found:
            sums = sparse.lil_matrix((len(found), columns))
            for number, (whole, parts) in enumerate(found):
                sums[number, whole] = -1.0
                sums[number, parts] = 1.0
        within = sparse.kron(lines, sparse.identity(columns))
        across = sparse.kron(sparse.identity(counts), sums)
        exact = [one for one in self._extra if one[2] == one[3]]
        return sparse.vstack([within, across, self._matrix(exact)]).tocsr()

    @cached_property
    def sums(self) -> Sums:
        """The equations and the limits."""
        limits, lower, upper = self.limits
        return Sums(
            sparse.vstack([self.equations, limits]).tocsr(),
            np.concatenate([self.totals, lower]),
            np.concatenate([self.totals, upper]),
        )

    @property
    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """What is known has the same end on both sides."""
        return np.where(self.known, self.values, self.low), np.where(self.known, self.values, self.high)

    @property
    def sums_of_bases(self) -> tuple[Sums, np.ndarray, np.ndarray]:
        """What would be known if the rows told nothing but their bases."""
        low, high = (end.copy() for end in self._ends_of_scale(self._organizations))
        is_told = self.known & self.is_base
        low[is_told] = high[is_told] = self.values[is_told]
        rows = self.equations.shape[0] - self._told_sums
        return Sums(self.equations[:rows], self.totals[:rows], self.totals[:rows]), low, high

    @cached_property
    def is_whole(self) -> np.ndarray:
        """Unknowns that are numbers of organisations."""
        whole = [count.top == 1 for count in self.relations.counts]
        return np.repeat(whole, len(self.cohorts))

    @cached_property
    def is_base(self) -> np.ndarray:
        return np.repeat([count.is_base for count in self.relations.counts], len(self.cohorts))

    @cached_property
    def is_of_role(self) -> np.ndarray:
        """Which of the equations only say that all items of a role are for the same organisations."""
        found = np.zeros(self.equations.shape[0], dtype=bool)
        within = np.repeat([line.is_of_role for line in self.relations.lines], len(self.cohorts))
        found[: len(within)] = within
        return found

    @cached_property
    def totals(self) -> np.ndarray:
        """Of the equations, over all counts."""
        exact = [one[2] for one in self._extra if one[2] == one[3]]
        return np.concatenate([np.zeros(self.equations.shape[0] - len(exact)), exact])

    @property
    def _told_sums(self) -> int:
        """How many of the equations, the last ones, come from a row."""
        return sum(one[2] == one[3] for one in self._extra)

    @cached_property
    def limits(self) -> tuple[sparse.csr_matrix, np.ndarray, np.ndarray]:
        """Rows that tell a bound, and that nobody is counted who is not in the base."""
        wide = [one for one in self._extra if one[2] != one[3]] + list(self._within_bases())
        return (
            self._matrix(wide).tocsr(),
            np.array([one[2] for one in wide]),
            np.array([one[3] for one in wide]),
        )

    def _within_bases(self) -> Iterator[tuple[list[int], list[float], float, float]]:
        bases = {
            count.base.tobytes(): place for place, count in enumerate(self.relations.counts) if count.is_base
        }
        for place, count in enumerate(self.relations.counts):
            base = bases.get(count.base.tobytes())
            if base is None or count.is_membership:
                continue
            for column in range(len(self.cohorts)):
                places = [place * len(self.cohorts) + column, base * len(self.cohorts) + column]
                yield places, [1.0, -count.top], -np.inf, 0.0
                if count.is_difference:
                    yield places, [1.0, count.top], 0.0, np.inf

    def _matrix(self, entries: Sequence[tuple[list[int], list[float], float, float]]) -> sparse.csr_matrix:
        lengths = [len(one[0]) for one in entries]
        rows = np.repeat(np.arange(len(entries)), lengths)
        places = np.concatenate([one[0] for one in entries]) if entries else np.zeros(0, dtype=int)
        factors = np.concatenate([one[1] for one in entries]) if entries else np.zeros(0)
        return sparse.csr_matrix((factors, (rows, places)), shape=(len(entries), len(self.values)))


def _counts_of_interval(row: RowLike) -> tuple[float, float]:
    """The counts whose intervals begin and end where that of a range does."""
    lows = highs = None
    for count in range(row.base + 1):
        found = wilson(count, row.base, level=row.level)
        if found is None or row.ci_low is None:
            break
        lows = count if abs(found.low - row.ci_low) < CLOSE else lows
        highs = count if abs(found.high - row.ci_high) < CLOSE else highs
    return (0.0 if lows is None else lows), (float(row.base) if highs is None else highs)
