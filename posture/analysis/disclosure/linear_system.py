"""Represents everything published of one wave as a system of linear equations and inequalities.

An unknown is a count of `linear_constraints` in one cohort. The known values come from published rows alone: their
bases, their values, and their ranges. The sums of `linear_constraints` hold in every cohort, and a cohort is the sum
of its parts.
"""

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from scipy import sparse

from posture.analysis.disclosure.cohort_sizes import OF_ALL
from posture.analysis.disclosure.counts_of_cohorts import CountsOfCohorts, Limit
from posture.analysis.disclosure.implied_ends import Sums
from posture.analysis.disclosure.linear_constraints.counts import Key, RowCounts
from posture.analysis.disclosure.linear_constraints.items import EVERYBODY
from posture.analysis.estimates.item_bases import LOWEST
from posture.analysis.estimates.rows import BESIDE_FEW, PUBLISHED
from posture.methods.intervals import wilson_count
from surveys.instrument.cohorts import ALL

RowLike = Any
CLOSE = 1e-6
CLOSE_TO_ALL = 3


class LinearSystem:
    """The unknowns and the published rows about them. known: where a published row gives the value. values: the true
    ones, or as the rows give them. bounded: those that a row shows as a range. equations @ x == totals for all of them,
    and lower <= limits @ x <= upper."""

    def __init__(self, counts: CountsOfCohorts, rows: Sequence[RowLike]) -> None:
        self.counts, self.relations = counts, counts.relations
        self.sizes, self.is_open, self.is_whole = counts.sizes, counts.is_open, counts.is_whole
        self.values, self.low, self.high = counts.values.copy(), counts.low.copy(), counts.high.copy()
        self.known = np.zeros(len(self.values), dtype=bool)
        self.bounded: set[int] = set()
        self._is_weighted = any(row.weighted_base is not None for row in rows)
        self._cohorts_with_limits: set[str] = set()
        self._extra: list[Limit] = []
        self.withheld: set[tuple[int, int]] = set()
        self.beside: set[tuple[int, int]] = set()
        for row in rows:
            if row.status == PUBLISHED:
                self._read(row)
            else:
                self._note_withheld(row)
        self._mark_participants_known()

    def is_published(self, place: int) -> bool:
        """Whether a count is shown, by a row of its own or by rows that add up to it."""
        return bool(self.known[place]) or any(
            self.known[others].all() for others in self.counts.beside(place)
        )

    # The values in the rows.

    def _read(self, row: RowLike) -> None:
        key: Key = (row.subject_kind, row.subject, row.statistic, row.option)
        if row.statistic in OF_ALL:
            self._cohorts_with_limits.add(row.cohort)
        row_counts = self.relations.rows.get(key)
        if row_counts is None or row.base is None or row.cohort not in self.counts.unknowns.columns:
            return
        base = self.counts.place(self.relations.bases[key], row.cohort)
        self._read_band(row, key)
        self._read_end(row, key)
        leaves_out = self._leaves_out(row_counts, row, base)
        if leaves_out:
            left_out = self.counts.place(row_counts.left_out or 0, row.cohort)
            self._extra.append(([base, left_out], [1.0, -1.0], row.base, row.base))
            self.beside.add((base, left_out))
        elif row.base == self.sizes[base]:
            self._set_known(base, float(row.base))
        if row_counts.count is not None:
            place = self.counts.place(row_counts.count, row.cohort)
            self._read_value(row, place, base, row_counts.offset)
            if row.bound and (not leaves_out or self.is_extreme(place)):
                self.bounded.add(place)

    def _read_band(self, row: RowLike, key: Key) -> None:
        if key in self.relations.bands and row.value is not None:
            part, whole = (self.counts.place(count, row.cohort) for count in self.relations.bands[key])
            ends = (-np.inf, 0.0) if row.bound == "at_most" else (0.0, np.inf)
            self._extra.append(([part, whole], [1.0, -row.value], *ends))

    def _read_end(self, row: RowLike, key: Key) -> None:
        """Reads a lowest or highest possible value: a whole percent, the lowest rounded down and the highest up. In a
        weighted release these are weighted, and limit no count."""
        if key not in self.relations.ends or row.value is None or self._is_weighted:
            return
        terms, whole = self.relations.ends[key]
        places = [self.counts.place(count, row.cohort) for count in (*(count for count, _ in terms), whole)]
        step = (0.01 if row.unit == "share" else 1.0) * (1 if row.statistic.startswith(LOWEST) else -1)
        for share, ends in ((row.value, (-CLOSE, np.inf)), (row.value + step, (-np.inf, CLOSE))):
            low, high = ends if step > 0 else (-ends[1], -ends[0])
            self._extra.append((places, [*(factor for _, factor in terms), -share], low, high))

    def _note_withheld(self, row: RowLike) -> None:
        key: Key = (row.subject_kind, row.subject, row.statistic, row.option)
        row_counts = self.relations.rows.get(key)
        if row_counts is None or row_counts.count is None or row.cohort not in self.counts.unknowns.columns:
            return
        if self.relations.counts[row_counts.count].is_sensitive:
            base = self.counts.place(self.relations.bases[key], row.cohort)
            self.withheld.add((self.counts.place(row_counts.count, row.cohort), base))

    def _mark_participants_known(self) -> None:
        """Marks the number of organisations that take part as known. For all organisations it is published beside the
        rows; for a cohort it follows from the limits of all organisations."""
        if EVERYBODY not in self.relations:
            return
        everybody = self.relations.place(EVERYBODY)
        for slug in {ALL, *self._cohorts_with_limits} & self.counts.unknowns.columns.keys():
            self.known[self.counts.place(everybody, slug)] = True

    def _read_value(self, row: RowLike, place: int, base: int, offset: float) -> None:
        scale = 0.01 if row.method.startswith("tango") else 1.0
        value = row.value if row.unweighted_value is None else row.unweighted_value
        if value is None:
            return
        if not row.bound and (row.weighted_base is None or row.unweighted_value is not None):
            total = (value - offset) * scale * row.base
            if row.weighted_base is None or self._is_true(total, place):
                self._set_known(
                    place, float(np.round(total)) if abs(total - np.round(total)) < CLOSE else total
                )
            return
        if row.method.endswith(BESIDE_FEW) and any(
            self._is_true(row.value * (row.base + extra), place) for extra in range(CLOSE_TO_ALL + 1)
        ):
            self.known[place] = True  # the bound is the exact count, of the base and a few
        # A weighted share limits a weighted count, which is no count of the system.
        if not row.bound or row.weighted_base is not None:
            return
        share = (row.value - offset) * scale
        ends = (-np.inf, 0.0) if row.bound == "at_most" else (0.0, np.inf)
        self._extra.append(([place, base], [1.0, -share], *ends))
        if row.method == "wilson":
            for extra in range(CLOSE_TO_ALL + 1) if row.base != self.sizes[base] else (0,):
                self._read_interval(row, place, row.base + extra)

    def _read_interval(self, row: RowLike, place: int, size: int) -> None:
        """Reads the interval of a range: the counts of `size` organisations whose intervals have the same ends. The
        size of a base that leaves out a few is not published, so for such a base only the true counts are used."""
        value = self.values[place]
        low, high = _counts_of_interval(row, size)
        self.low[place] = max(self.low[place], low if low <= value else 0.0)
        self.high[place] = min(self.high[place], high if high >= value else np.inf)

    def _is_true(self, total: float, place: int) -> bool:
        """Whether a value gives a count. Beside a weighted number the unweighted one may be rounded, and then it
        gives none."""
        return bool(abs(total - self.values[place]) < CLOSE * max(1.0, abs(total)))

    def is_extreme(self, place: int) -> bool:
        """Whether a count is of nearly no or nearly all organisations, for any base that a row shows."""
        value, size = self.values[place], self.sizes[place]
        return bool(self.is_whole[place] and min(value, size - value) <= CLOSE_TO_ALL)

    def _leaves_out(self, row_counts: RowCounts, row: RowLike, base: int) -> bool:
        """Whether a row leaves out organisations of its base. The published base is then that of the others. If none
        are left out it is the same, and a reader does not know that."""
        if row_counts.left_out is None or not self.relations.counts[row_counts.left_out].is_sensitive:
            return False
        left_out = self.values[self.counts.place(row_counts.left_out, row.cohort)]
        return bool(row.base == self.sizes[base] - left_out)

    def _set_known(self, place: int, value: float) -> None:
        self.known[place] = True
        self.values[place] = value

    # The equations.

    @cached_property
    def equations(self) -> sparse.csr_matrix:
        return sparse.vstack([self.counts.sums, self._published_equations[0]]).tocsr()

    @cached_property
    def _published_equations(self) -> tuple[sparse.csr_matrix, np.ndarray, np.ndarray]:
        return self.counts.matrix_of([limit for limit in self._extra if limit[2] == limit[3]])

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
        """The ends of each unknown; both ends of a known value are equal."""
        return np.where(self.known, self.values, self.low), np.where(self.known, self.values, self.high)

    @property
    def sums_of_bases(self) -> tuple[Sums, np.ndarray, np.ndarray]:
        """The system that would be known if the rows showed only their bases."""
        low, high = self.counts.low.copy(), self.counts.high.copy()
        is_published = self.known & self.counts.is_base
        low[is_published] = high[is_published] = self.values[is_published]
        zeros = np.zeros(self.counts.sums.shape[0])
        return Sums(self.counts.sums, zeros, zeros), low, high

    @property
    def is_of_role(self) -> np.ndarray:
        """Whether each equation only says that all items of a role have the same organisations."""
        is_of_role = np.zeros(self.equations.shape[0], dtype=bool)
        is_of_role[: self.counts.sums.shape[0]] = self.counts.is_of_role
        return is_of_role

    @cached_property
    def totals(self) -> np.ndarray:
        """The totals of the equations, over all counts."""
        return np.concatenate([np.zeros(self.counts.sums.shape[0]), self._published_equations[1]])

    @cached_property
    def limits(self) -> tuple[sparse.csr_matrix, np.ndarray, np.ndarray]:
        """The limits: rows that show a bound, and counts that do not exceed their base."""
        published_limits = self.counts.matrix_of([limit for limit in self._extra if limit[2] != limit[3]])
        matrices, lowers, uppers = zip(published_limits, self.counts.limits, strict=True)
        return sparse.vstack(matrices).tocsr(), np.concatenate(lowers), np.concatenate(uppers)


def _counts_of_interval(row: RowLike, size: int) -> tuple[float, float]:
    return (0.0, np.inf) if row.ci_low is None else _counts_of_ends(row.ci_low, row.ci_high, size, row.level)


@lru_cache(maxsize=2**16)
def _counts_of_ends(ci_low: float, ci_high: float, size: int, level: float) -> tuple[float, float]:
    low = wilson_count(ci_low, size, level=level, is_low=True)
    high = wilson_count(ci_high, size, level=level, is_low=False)
    return (0.0 if low is None else float(low)), (np.inf if high is None else float(high))
