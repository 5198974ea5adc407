"""Counts the organisations of each count and each cell in each cohort, once for all rounds of an audit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from posture.analysis.answers.wave_data import Cohort
from posture.analysis.disclosure.linear_constraints.counts import Count
from posture.analysis.estimates.cells import Series

NEARLY = 1e-9


@dataclass(frozen=True)
class Tallies:
    """Sizes of each count in each cohort, [counts, cohorts]: the sum of its scores, and the number of organisations
    in its base, with a score above 0, and with a score below its top. bases: the size of the base of each series in
    each cohort."""

    values: np.ndarray
    sizes: np.ndarray
    scoring: np.ndarray
    short: np.ndarray
    bases: np.ndarray


def tallies_of(counts: Sequence[Count], series: Sequence[Series], cohorts: Sequence[Cohort]) -> Tallies:
    members = csr_array(np.array([cohort.members for cohort in cohorts], dtype=float))
    scores = np.array([count.scores for count in counts])
    bases = np.array([count.base for count in counts])
    tops = np.array([count.top for count in counts])[:, None]
    return Tallies(
        values=_sums(scores, members),
        sizes=_whole(_sums(bases, members)),
        scoring=_whole(_sums(scores != 0, members)),
        short=_whole(_sums(bases & (scores < tops - NEARLY), members)),
        bases=_whole(_sums(np.array([cell_series.base for cell_series in series]), members)),
    )


def _sums(numbers: np.ndarray, members: csr_array) -> np.ndarray:
    """The sum of each row of numbers in each cohort. members: [cohorts, organisations]; most organisations are in a
    few of the cohorts only."""
    return np.asarray(members @ numbers.T.astype(float, order="C")).T


def _whole(organizations: np.ndarray) -> np.ndarray:
    return np.asarray(np.rint(organizations).astype(int))
