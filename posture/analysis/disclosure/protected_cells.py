"""Prepares the cells of a release for the rules of suppression. Organisations that are in the same cohorts, and in
the same bases of a variable, are counted and not listed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from posture.analysis.answers.wave_data import Cohort, Mask
from posture.analysis.disclosure.atoms import Atoms
from posture.analysis.disclosure.suppression import Protected, bits, is_dominated
from posture.analysis.estimates.cells import Series
from posture.analysis.estimates.weights import Weighting


@dataclass(frozen=True)
class ProtectedCells:
    """The cells of a release. cells: every cohort of the first series, then of the second. sizes: by variable the
    number of organisations that each bit of a cell represents."""

    cells: list[Protected]
    sizes: dict[str, np.ndarray]


def protected_cells(
    series: Sequence[Series], cohorts: Sequence[Cohort], weighting: Weighting | None = None
) -> ProtectedCells:
    members = [cohort.members for cohort in cohorts]
    tuples = Atoms.whole(len(members[0])).divided_by(members)
    is_in = np.array([cohort_members[tuples.firsts] for cohort_members in members])
    variables = _variables(series, tuples)
    cells = []
    for number, cell_series in enumerate(series):
        bases = is_in @ np.bincount(tuples.number_of[cell_series.base], minlength=tuples.count)
        exposed = [
            (exposure.variable, variables[exposure.variable].bits_of(exposure.members, is_in))
            for exposure in cell_series.exposes
        ]
        may_be_empty = frozenset(
            exposure.variable for exposure in cell_series.exposes if exposure.may_be_empty
        )
        only_from_k = frozenset(exposure.variable for exposure in cell_series.exposes if exposure.only_from_k)
        for place, cohort in enumerate(cohorts):
            weights = None if weighting is None else weighting.weights[cell_series.base & cohort.members]
            cell = Protected(
                series=number,
                cohort=cohort.slug,
                dimension=cohort.dimension,
                priority=cell_series.priority,
                base=int(bases[place]),
                exposes=tuple((variable, of_cohorts[place]) for variable, of_cohorts in exposed),
                is_dominated=weights is not None and is_dominated(weights),
                may_be_empty=may_be_empty,
                only_from_k=only_from_k,
            )
            cells.append(cell)
    return ProtectedCells(cells, {name: variable.sizes for name, variable in variables.items()})


@dataclass(frozen=True)
class _Variable:
    """The atoms of the bases of a variable: the first organisation of each, its tuple of cohorts, and its size."""

    firsts: np.ndarray
    tuples: np.ndarray
    sizes: np.ndarray

    def bits_of(self, base: Mask, is_in: np.ndarray) -> list[int]:
        """The part of a base in each cohort, as bits. is_in: bool[cohorts, tuples]"""
        return [bits(members) for members in is_in[:, self.tuples] & base[self.firsts]]


def _variables(series: Sequence[Series], tuples: Atoms) -> dict[str, _Variable]:
    bases: dict[str, dict[bytes, Mask]] = {}
    for exposure in (exposure for cell_series in series for exposure in cell_series.exposes):
        distinct = bases.setdefault(exposure.variable, {})
        distinct.setdefault(np.packbits(exposure.members).tobytes(), exposure.members)
    variables = {}
    for name, distinct in bases.items():
        atoms = tuples.divided_by(distinct.values())
        variables[name] = _Variable(atoms.firsts, tuples.number_of[atoms.firsts], atoms.sizes())
    return variables
