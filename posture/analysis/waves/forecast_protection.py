"""Checks the numbers of forecasts against every published cell about the same answers, in both waves.

Forecasts come after the rows of their release, so only the forecasts are withheld.
Source   METHODS.md, "Forecasts" and "What is withheld".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from posture.analysis.answers.wave_data import Cohort, Mask
from posture.analysis.disclosure.row_space import small_groups
from posture.analysis.disclosure.sums_of_numbers import CLOSE
from posture.analysis.disclosure.suppression import bits, dimension_sets
from posture.analysis.estimates.cells import ITEM, Series, series_of
from posture.analysis.estimates.rows import PUBLISHED, Identity, identity, is_exact_count
from posture.analysis.waves.changes import CHANGE
from posture.analysis.waves.two_waves import TwoWaves, WaveInput
from posture.definitions.indicators import Indicator
from surveys.instrument.cohorts import ALL

RowLike = Any


@dataclass(frozen=True)
class PublishedCell:
    """A published cell: its organisations, and whether its number is shown exactly."""

    dimension: str
    members: Mask
    is_exact: bool


def are_all_exact(item: str, statistic: str, options: Sequence[str], rows: Sequence[RowLike]) -> bool:
    """Whether the numbers of all organisations are shown, each with its value. Otherwise the forecasts would reveal
    or narrow numbers that are withheld or shown as a range."""
    exact = _exact_identities(rows)
    return all((ITEM, item, statistic, option, ALL) in exact for option in options)


def _exact_identities(rows: Sequence[RowLike]) -> set[Identity]:
    return {identity(row) for row in rows if is_exact_count(row)}


def cells_about(
    item: str,
    wave: WaveInput,
    rows: Sequence[RowLike],
    units: np.ndarray,
    indicators: tuple[Indicator, ...],
    waves: TwoWaves | None,
    *,
    is_counted: Mask,
    change_rows: Sequence[RowLike],
) -> list[PublishedCell]:
    """Every published cell about the item, its organisations as a mask over `units`. Each is also listed with only
    the organisations whose answer counts, because a number of the cell is about them.
    known: the organisations whose answer counts. changed: the rows with the changes of both waves; the organisations
    that stayed, joined or left are separate cells."""
    variables = {f"{item} substantive"}
    published, exact = {identity(row) for row in rows if row.status == PUBLISHED}, _exact_identities(rows)
    places = np.searchsorted(units, wave.data.units)
    cells = []
    for series, cohort in _series_about(variables, wave, indicators):
        identities = set(series.identities_in(cohort))
        if identities.isdisjoint(published):
            continue
        for exposure in series.exposes:
            if exposure.variable in variables:
                members = np.zeros(len(units), dtype=bool)
                members[places] = exposure.members & cohort.members
                cells.append(PublishedCell(cohort.dimension, members, is_exact=False))
                if not identities.isdisjoint(exact):
                    cells.append(PublishedCell(cohort.dimension, members & is_counted, is_exact=True))
    for dimension, group in _groups_of_changes(item, units, indicators, waves, change_rows):
        cells.append(PublishedCell(dimension, group & is_counted, is_exact=True))
    return [series for series in cells if series.members.any()]


def _series_about(
    variables: set[str], wave: WaveInput, indicators: tuple[Indicator, ...]
) -> Iterator[tuple[Series, Cohort]]:
    cohorts = list(wave.data.cohorts())
    for series in series_of(wave.data, wave.questionnaire, indicators):
        if any(exposure.variable in variables for exposure in series.exposes):
            yield from ((series, cohort) for cohort in cohorts)


def _groups_of_changes(
    item: str,
    units: np.ndarray,
    indicators: tuple[Indicator, ...],
    waves: TwoWaves | None,
    rows: Sequence[RowLike],
) -> Iterator[tuple[str, Mask]]:
    if waves is None:
        return
    variables = {f"{item} answered", f"{item} substantive"}
    published = {identity(row) for row in rows if row.status == PUBLISHED}
    places = np.searchsorted(waves.units, units)
    for cell in waves.cells(indicators):
        identities = {
            (cell.kind, cell.subject, f"{later.statistic}{CHANGE}", later.option, cell.cohort.slug)
            for _, later in cell.quantities
        }
        if cell.variable in variables and not identities.isdisjoint(published):
            for group in cell.groups:
                yield cell.cohort.dimension, group[places]


def is_safe(new_masks: Sequence[Mask], cells: Sequence[PublishedCell], values: np.ndarray, *, k: int) -> bool:
    """Whether cells may be published. own: the cells to be published. values: 0 to 1 for each organisation, NaN where
    there is none. No group that can be derived may have three or fewer above 0 or below 1, or fewer than k
    organisations."""
    if any(mask.sum() < k or _is_extreme(values[mask]) for mask in new_masks):
        return False
    exactness: dict[int, bool] = {}
    for cell in cells:
        members = bits(cell.members)
        exactness[members] = exactness.get(members, False) or cell.is_exact
    new_sets = {bits(mask) for mask in new_masks}
    for remainder, is_exact in _remainders(exactness | dict.fromkeys(new_sets, True), new_sets):
        if remainder.bit_count() < k or (is_exact and _is_extreme(values[_unpacked(remainder, len(values))])):
            return False
    return not _reveals_small_group(new_masks, cells, k)


def _reveals_small_group(new_masks: Sequence[Mask], cells: Sequence[PublishedCell], k: int) -> bool:
    """Whether a small group can be derived by any combination that includes a new cell."""
    for dimensions in dimension_sets(cell.dimension for cell in cells):
        known_masks = [cell.members for cell in cells if cell.dimension in dimensions]
        if _small_groups([*known_masks, *new_masks], k) - _small_groups(known_masks, k):
            return True
    return False


def _is_extreme(values: np.ndarray) -> bool:
    """Whether values are extreme. A missing value counts as 0, as in the shares of an item."""
    filled = np.nan_to_num(values)
    return int((filled > 0).sum()) <= CLOSE or int((filled < 1).sum()) <= CLOSE


def _remainders(cells: dict[int, bool], new: set[int]) -> Iterator[tuple[int, bool]]:
    """The remainders of one cell, or of two disjoint ones, in a third; at least one of them is new."""
    parts: list[tuple[tuple[int, ...], int]] = [((cell,), cell) for cell in cells]
    parts += [
        ((first, second), first | second) for first, second in combinations(cells, 2) if not first & second
    ]
    for whole in cells:
        for names, union in parts:
            if union & ~whole or union == whole or not new & {whole, *names}:
                continue
            yield whole & ~union, all(cells[name] for name in (whole, *names))


def _small_groups(cells: Sequence[Mask], k: int) -> set[bytes]:
    return {group.members.tobytes() for group in small_groups(cells, k)}


def _unpacked(members: int, size: int) -> Mask:
    packed = np.frombuffer(members.to_bytes(-(-size // 8), "big"), dtype=np.uint8)
    return np.unpackbits(packed)[:size].astype(bool)
