"""Computes changes between two waves: later minus earlier for all organisations, and for the matched panel of those
in both. Organisations in both waves are not independent samples, so their covariance is included.

Source   METHODS.md, "Change between waves".
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from posture.analysis.answers.wave_data import Mask
from posture.analysis.disclosure.suppression import Protected, bits, reasons_to_withhold
from posture.analysis.estimates.cells import PRIORITY
from posture.analysis.estimates.quantities import POINT_SCALE, Quantity
from posture.analysis.estimates.reasons import Reason
from posture.analysis.estimates.rows import Identity, Row, identity, mean_row, paired_share_row
from posture.analysis.estimates.t_intervals import whole, with_t
from posture.analysis.estimates.weighted import published_se, published_value
from posture.analysis.waves.two_waves import Cell, TwoWaves
from posture.definitions.indicators import Indicator
from posture.methods.intervals import LEVEL
from posture.methods.means import MeanDifference, degrees_of_freedom, difference_of_means
from posture.methods.survey import t_p_value

CHANGE, PANEL_CHANGE = "_change", "_panel_change"
UNITS = {"share": "points", "percent": "points"}
PANEL_METHODS = {"share": "tango", "mean": "t", "paired": "paired_t"}


def changes(
    waves: TwoWaves,
    indicators: tuple[Indicator, ...],
    shown: frozenset[Identity],
    *,
    k: int,
    level: float = LEVEL,
) -> list[Row]:
    """Two rows for each number that both waves have. The change of all organisations has the base of organisations in
    either base; the change of the panel has the base of organisations in both.

    shown    the numbers with an exact value in the releases of both waves; no other change is published. Withheld
             where 1 to k - 1 organisations are in both bases, or in one of them only.
    Raises   ValueError for k below 5.
    """
    cells = list(waves.cells(indicators))
    hidden = _hidden(cells, shown, k=k)
    rows: list[Row] = []
    for position, cell in enumerate(cells):
        has_panel = position not in hidden and cell.panel.any()
        for earlier, later in cell.quantities:
            change, panel = _blank_rows(cell, later, waves, level)
            reason = hidden.get(position) if _is_shown(cell, later, shown) else Reason.NOT_IN_BOTH
            if reason is not None:
                rows += [change.suppressed(reason), panel.suppressed(reason)]
                continue
            rows.append(_change(change, cell, (earlier, later), waves))
            rows.append(
                _panel(panel, cell, (earlier, later), waves)
                if has_panel
                else panel.suppressed(Reason.THRESHOLD)
            )
    return rows


def _is_shown(cell: Cell, quantity: Quantity, shown: frozenset[Identity]) -> bool:
    return identity(quantity.named(_blank(cell, LEVEL))) in shown


def _blank(cell: Cell, level: float) -> Row:
    return Row(cell.kind, cell.subject, "", "", cell.cohort.slug, "", level)


def _blank_rows(cell: Cell, quantity: Quantity, waves: TwoWaves, level: float) -> tuple[Row, Row]:
    named = quantity.named(_blank(cell, level))
    named = replace(named, unit=UNITS.get(named.unit, named.unit))
    return (
        replace(
            named,
            statistic=f"{named.statistic}{CHANGE}",
            method="contrast_jackknife" if waves.is_weighted else "contrast",
        ),
        replace(
            named,
            statistic=f"{named.statistic}{PANEL_CHANGE}",
            method=PANEL_METHODS[quantity.kind],
        ),
    )


# The changes that may be shown.


def _hidden(cells: Sequence[Cell], shown: frozenset[Identity], *, k: int) -> dict[int, Reason]:
    """The cells to withhold. The panel, those who joined and those who left are each protected like a cell, also when
    empty."""
    visible = [
        position
        for position, cell in enumerate(cells)
        if any(_is_shown(cell, later, shown) for _, later in cell.quantities)
    ]
    hidden: dict[int, Reason] = {}
    for group in range(3):
        there = [position for position in visible if cells[position].groups[group].any()]
        protected = [_protected(cells[position], cells[position].groups[group]) for position in there]
        found = reasons_to_withhold(protected, k=k)
        hidden = {there[place]: reason for place, reason in found.items()} | hidden
    return hidden


def _protected(cell: Cell, group: Mask) -> Protected:
    return Protected(
        series=cell.series,
        cohort=cell.cohort.slug,
        dimension=cell.cohort.dimension,
        priority=PRIORITY[cell.kind],
        base=int(group.sum()),
        exposes=((cell.variable, bits(group)),),
    )


# All organisations.

Both = tuple[Quantity, Quantity]


def _change(row: Row, cell: Cell, quantities: Both, waves: TwoWaves) -> Row:
    found = _unweighted(cell, quantities, waves)
    value, se, df = found.value, found.se, found.df
    if waves.is_weighted:
        plain = published_value(value, row.unit)
        value, se, df = _weighted(cell, quantities, waves)
        value, se = published_value(value, row.unit), published_se(se, row.unit)
        row = replace(row, unweighted_value=plain)
    row = replace(row, base=int((cell.before | cell.now).sum()), value=value, se=se)
    is_on_a_scale = quantities[1].kind != "paired" and row.unit == "points"
    return with_t(row, whole(df), within=POINT_SCALE if is_on_a_scale else None)


def _scores(quantity: Quantity) -> np.ndarray:
    """The scores of a quantity in the unit of the change: shares in percent."""
    return 100 * quantity.scores if quantity.kind == "share" else quantity.scores


def _unweighted(cell: Cell, quantities: Both, waves: TwoWaves) -> MeanDifference:
    before, now = (
        np.where(base, waves.spread(_scores(quantity), side), np.nan)
        for quantity, side, base in zip(
            quantities, (waves.earlier, waves.later), (cell.before, cell.now), strict=True
        )
    )
    return difference_of_means(now, before)


def _weighted(cell: Cell, quantities: Both, waves: TwoWaves) -> tuple[float, float, float]:
    """Value, standard error and degrees of freedom of a weighted change. Each organisation is left out of both waves
    at once, and both are weighted again."""
    values, left_out = [], []
    for quantity, side, base in zip(
        quantities, (waves.earlier, waves.later), (cell.before, cell.now), strict=True
    ):
        assert side.weighting is not None
        inside = base[np.searchsorted(waves.units, side.data.units)]
        value = side.weighting.mean(_scores(quantity), inside).value
        replicates = waves.spread(side.weighting.left_out(_scores(quantity), inside), side)
        values.append(value)
        left_out.append(np.where(np.isnan(replicates), value, replicates))
    change = left_out[1] - left_out[0]
    variance = waves.later.weighting.variance(change) if waves.later.weighting else 0.0
    groups = (*cell.groups, ~cell.before & ~cell.now)
    df = degrees_of_freedom((change - change.mean()) ** 2, groups)
    return values[1] - values[0], math.sqrt(variance), df


# The matched panel.


def _panel(row: Row, cell: Cell, quantities: Both, waves: TwoWaves) -> Row:
    """The row of the panel, without weights."""
    before, now = (
        waves.spread(values, side)
        for values, side in zip(_panel_values(quantities), (waves.earlier, waves.later), strict=True)
    )
    if quantities[1].kind == "share":
        return paired_share_row(row, now, before, cell.panel)
    within = POINT_SCALE if quantities[1].kind == "mean" and row.unit == "points" else None
    found = replace(mean_row(row, now - before, cell.panel, within=within), method=row.method)
    if not found.se or found.value is None or found.base is None:
        return found
    return replace(found, p_value=t_p_value(found.value / found.se, found.base - 1))


def _panel_values(quantities: Both) -> Iterator[np.ndarray]:
    for quantity in quantities:
        yield quantity.values if quantity.kind == "share" else quantity.scores
