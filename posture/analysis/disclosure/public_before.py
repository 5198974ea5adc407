"""The numbers that readers already know from withdrawn releases of the same answers.

A number that was shown exactly can no longer be hidden. A number that was shown as a range must not be shown exactly
now. The rules decide about the other numbers with these conditions. The audit examines the rows of both releases
together.
Source   METHODS.md, "What is withheld".
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from posture.analysis.answers.wave_data import Cohort
from posture.analysis.disclosure.linear_constraints.counts import Key, Relations
from posture.analysis.disclosure.sums_of_numbers import Exactness
from posture.analysis.disclosure.suppression import CellKey
from posture.analysis.estimates.cells import Series
from posture.analysis.estimates.reasons import Reason
from posture.analysis.estimates.rows import PUBLISHED, Identity, Row, identity, is_exact_count


@dataclass(frozen=True)
class PublicBefore:
    """The rows of withdrawn releases. rows: by their identity; if several rows show a number, the most exact one
    counts."""

    rows: Mapping[Identity, Row] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "PublicBefore":
        most_exact: dict[Identity, Row] = {}
        for row in rows:
            previous = most_exact.get(identity(row))
            if previous is None or _exactness(row) > _exactness(previous):
                most_exact[identity(row)] = row
        return cls(most_exact)

    def exactness(self, relations: Relations, cohorts: Sequence[Cohort]) -> dict[tuple[int, int], Exactness]:
        """Whether a count was shown exactly or as a range, by count and position of the cohort."""
        columns = {cohort.slug: column for column, cohort in enumerate(cohorts)}
        exactly: set[tuple[int, int]] = set()
        as_range: set[tuple[int, int]] = set()
        for (kind, subject, statistic, option, slug), row in self.rows.items():
            key = kind, subject, statistic, option
            row_counts = relations.rows.get(key)
            if row_counts is None or row.status != PUBLISHED or slug not in columns:
                continue
            column = columns[slug]
            exactly.update((place, column) for place in row_counts.required_counts)
            if row_counts.count is not None:
                (exactly if is_exact_count(row) else as_range).add((row_counts.count, column))
            if row_counts.left_out is not None:
                includes_left_out = _includes_left_out(
                    row, relations, row_counts.left_out, relations.bases[key], cohorts[column]
                )
                (exactly if includes_left_out else as_range).add((row_counts.left_out, column))
        return dict.fromkeys(as_range, Exactness.RANGED) | dict.fromkeys(exactly, Exactness.EXACT)

    def visible(self, key: Key, cohorts: Sequence[Cohort]) -> np.ndarray:
        """The cohorts in which a row may be shown: a row that was withheld stays withheld."""
        rows = (self.rows.get((*key, cohort.slug)) for cohort in cohorts)
        return np.array([row is None or row.status == PUBLISHED for row in rows], dtype=bool)

    def cells(self, series: Sequence[Series], cohorts: Sequence[Cohort]) -> set[CellKey]:
        """The cells with a row that was public: withholding them now hides nothing."""
        public = {row_identity for row_identity, row in self.rows.items() if row.status == PUBLISHED}
        return {
            CellKey(number, cohort.slug)
            for number, cell_series in enumerate(series if public else ())
            for cohort in cohorts
            if not public.isdisjoint(cell_series.identities_in(cohort))
        }

    def without_differences(self, rows: Sequence[Row]) -> list[Row]:
        """Withholds rows that would be shown in another way than before."""
        return [row.suppressed(Reason.FOLLOWS) if self._differs(row) else row for row in rows]

    def together_with(self, rows: Sequence[Row]) -> list[Row]:
        """The rows that a reader of all releases knows."""
        return [self._known(row) for row in rows]

    def alone(self, rows: Sequence[Row]) -> list[Row]:
        """The rows that a reader knew before any of these rows."""
        return self.together_with([row.suppressed(None) for row in rows])

    def _known(self, row: Row) -> Row:
        before = self.rows.get(identity(row))
        return before if before is not None and before.status == PUBLISHED else row

    def _differs(self, row: Row) -> bool:
        before = self.rows.get(identity(row))
        if before is None or PUBLISHED not in (before.status, row.status) or before.status != row.status:
            return False
        return (row.base, row.bound) != (before.base, before.bound) or not _is_same(row.value, before.value)


NO_EARLIER_ROWS = PublicBefore()


def _includes_left_out(row: Row, relations: Relations, left_out: int, base: int, cohort: Cohort) -> bool:
    """Whether the base of the row includes the organisations left out. Beside a range, a reader does not know that
    none are left out."""
    is_anybody = bool(relations.counts[left_out].scores[cohort.members].any())
    size = int((relations.counts[base].base & cohort.members).sum())
    return row.base == size and (is_anybody or not row.bound)


def _exactness(row: Row) -> int:
    return (row.status == PUBLISHED) + is_exact_count(row)


def _is_same(value: float | None, other_value: float | None) -> bool:
    if value is None or other_value is None:
        return value == other_value
    return math.isclose(value, other_value, rel_tol=1e-9, abs_tol=1e-12)
