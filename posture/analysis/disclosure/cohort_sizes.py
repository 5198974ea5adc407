"""Withholds limits of all organisations that would reveal the size of a cohort. The limits imply the size of a
cohort, and the number of its organisations outside each base. In a cohort they are published only where each of these
numbers is 0 or at least k. The number of organisations that take part in all cohorts together is published anyway.

Source   METHODS.md, "Bases".
"""

from collections import defaultdict
from collections.abc import Sequence

from posture.analysis.answers.wave_data import Cohort
from posture.analysis.estimates.item_bases import HIGHEST_OF_ALL, LOWEST_OF_ALL
from posture.analysis.estimates.reasons import Reason
from posture.analysis.estimates.rows import PUBLISHED, Row
from surveys.instrument.cohorts import ALL

OF_ALL = (LOWEST_OF_ALL, HIGHEST_OF_ALL)


def without_revealing_sizes(rows: Sequence[Row], cohorts: Sequence[Cohort], *, k: int) -> list[Row]:
    """Withholds limits of all organisations in a dimension unless all of its cohorts allow them. The reason is that
    the size of the last cohort follows from the others and the total. The rows keep their order. `rows`: of single
    cohorts, not of comparisons with the rest."""
    bases: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        if row.status == PUBLISHED and row.base is not None:
            bases[row.cohort].add(row.base)
    reveals = {cohort.dimension for cohort in cohorts if _reveals(cohort, bases[cohort.slug], k)}
    hidden = {cohort.slug for cohort in cohorts if cohort.dimension in reveals - {ALL}}
    return [
        row.suppressed(Reason.COMPLEMENT) if row.statistic in OF_ALL and row.cohort in hidden else row
        for row in rows
    ]


def _reveals(cohort: Cohort, bases: set[int], k: int) -> bool:
    size = int(cohort.members.sum())
    return any(0 < size - base < k for base in bases)
