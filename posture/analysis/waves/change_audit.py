"""Audits the changes that are about to be published: the organisations that joined, left or stayed, for each change
and for the remainder of the total. It uses only the rows and the two waves."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from posture.analysis.answers.wave_data import Mask
from posture.analysis.disclosure.audit import Objection
from posture.analysis.estimates.rows import PUBLISHED, Row
from posture.analysis.waves.changes import CHANGE
from posture.analysis.waves.two_waves import ChangeCell, TwoWaves
from posture.definitions.indicators import Indicator
from surveys.instrument.cohorts import ALL

GROUPS = ("in both waves", "in the later wave only", "in the earlier wave only")


def audit_changes(
    rows: Iterable[Row], waves: TwoWaves, indicators: tuple[Indicator, ...], *, k: int
) -> list[Objection]:
    """Audits the changes. Empty if no change reveals something about 1 to k - 1 organisations that joined, left or
    stayed."""
    published = {
        (row.subject_kind, row.subject, row.statistic, row.cohort) for row in rows if row.status == PUBLISHED
    }
    objections: list[Objection] = []
    shown_cells: dict[tuple[str, int], list[ChangeCell]] = defaultdict(list)
    for cell in waves.cells(indicators):
        if any(
            (cell.kind, cell.subject, f"{later.statistic}{CHANGE}", cell.cohort.slug) in published
            for _, later in cell.quantities
        ):
            shown_cells[cell.subject, cell.series].append(cell)
    for (subject, _), cells in shown_cells.items():
        for place, group in enumerate(GROUPS):
            objections += [
                Objection(subject, (f"{subject} {name}, {group}",), few)
                for name, few in _small_groups(cells, place, k)
            ]
    return objections


def _small_groups(cells: list[ChangeCell], place: int, k: int) -> Iterator[tuple[str, int]]:
    members = {cell.cohort.slug: cell.groups[place] for cell in cells}
    for name, group in members.items():
        if 0 < group.sum() < k:
            yield name, int(group.sum())
    if ALL not in members:
        return
    for dimension in {cell.cohort.dimension for cell in cells} - {ALL}:
        parts: list[Mask] = [
            members[cell.cohort.slug] for cell in cells if cell.cohort.dimension == dimension
        ]
        remainder = members[ALL] & ~np.logical_or.reduce(parts)
        if 0 < remainder.sum() < k:
            yield f"all but the cohorts of {dimension}", int(remainder.sum())
