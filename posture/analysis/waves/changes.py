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
from posture.analysis.estimates.t_intervals import whole_degrees_of_freedom, with_t
from posture.analysis.estimates.weighted import published_se, published_value
from posture.analysis.waves.two_waves import ChangeCell, TwoWaves
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
    hidden = _reasons_by_cell(cells, shown, k=k)
    rows: list[Row] = []
    for position, cell in enumerate(cells):
        has_panel = position not in hidden and cell.panel.any()
        for earlier, later in cell.quantities:
            change, panel = _blank_rows(cell, later, waves, level)
            reason = hidden.get(position) if _is_exact_in_both(cell, later, shown) else Reason.NOT_IN_BOTH
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


def _is_exact_in_both(cell: ChangeCell, quantity: Quantity, shown: frozenset[Identity]) -> bool:
    return identity(quantity.named(_blank(cell, LEVEL))) in shown


def _blank(cell: ChangeCell, level: float) -> Row:
    return Row(cell.kind, cell.subject, "", "", cell.cohort.slug, "", level)


def _blank_rows(cell: ChangeCell, quantity: Quantity, waves: TwoWaves, level: float) -> tuple[Row, Row]:
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


def _reasons_by_cell(cells: Sequence[ChangeCell], shown: frozenset[Identity], *, k: int) -> dict[int, Reason]:
    """The cells to withhold. The panel, those who joined and those who left are each protected like a cell, also when
    empty."""
    visible = [
        position
        for position, cell in enumerate(cells)
        if any(_is_exact_in_both(cell, later, shown) for _, later in cell.quantities)
    ]
    hidden: dict[int, Reason] = {}
    for group in range(3):
        nonempty = [position for position in visible if cells[position].groups[group].any()]
        protected = [_protected(cells[position], cells[position].groups[group]) for position in nonempty]
        reasons = reasons_to_withhold(protected, k=k)
        hidden = {nonempty[place]: reason for place, reason in reasons.items()} | hidden
    return hidden


def _protected(cell: ChangeCell, group: Mask) -> Protected:
    return Protected(
        series=cell.series,
        cohort=cell.cohort.slug,
        dimension=cell.cohort.dimension,
        priority=PRIORITY[cell.kind],
        base=int(group.sum()),
        exposes=((cell.variable, bits(group)),),
    )


# All organisations.

QuantityPair = tuple[Quantity, Quantity]


def _change(row: Row, cell: ChangeCell, quantities: QuantityPair, waves: TwoWaves) -> Row:
    difference = _unweighted(cell, quantities, waves)
    value, se, df = difference.value, difference.se, difference.df
    if waves.is_weighted:
        unweighted = published_value(value, row.unit)
        value, se, df = _weighted(cell, quantities, waves)
        value, se = published_value(value, row.unit), published_se(se, row.unit)
        row = replace(row, unweighted_value=unweighted)
    row = replace(row, base=int((cell.earlier_base | cell.later_base).sum()), value=value, se=se)
    is_on_a_scale = quantities[1].kind != "paired" and row.unit == "points"
    return with_t(row, whole_degrees_of_freedom(df), within=POINT_SCALE if is_on_a_scale else None)


def _scores(quantity: Quantity) -> np.ndarray:
    """The scores of a quantity in the unit of the change: shares in percent."""
    return 100 * quantity.scores if quantity.kind == "share" else quantity.scores


def _unweighted(cell: ChangeCell, quantities: QuantityPair, waves: TwoWaves) -> MeanDifference:
    earlier_scores, later_scores = (
        np.where(base, waves.spread(_scores(quantity), wave), np.nan)
        for quantity, wave, base in zip(
            quantities, (waves.earlier, waves.later), (cell.earlier_base, cell.later_base), strict=True
        )
    )
    return difference_of_means(later_scores, earlier_scores)


def _weighted(cell: ChangeCell, quantities: QuantityPair, waves: TwoWaves) -> tuple[float, float, float]:
    """Value, standard error and degrees of freedom of a weighted change. Each organisation is left out of both waves
    at once, and both are weighted again."""
    values, left_out = [], []
    for quantity, wave, base in zip(
        quantities, (waves.earlier, waves.later), (cell.earlier_base, cell.later_base), strict=True
    ):
        assert wave.weighting is not None
        inside = base[np.searchsorted(waves.units, wave.data.units)]
        value = wave.weighting.mean(_scores(quantity), inside).value
        replicates = waves.spread(wave.weighting.left_out(_scores(quantity), inside), wave)
        values.append(value)
        left_out.append(np.where(np.isnan(replicates), value, replicates))
    change = left_out[1] - left_out[0]
    variance = waves.later.weighting.variance(change) if waves.later.weighting else 0.0
    groups = (*cell.groups, ~cell.earlier_base & ~cell.later_base)
    df = degrees_of_freedom((change - change.mean()) ** 2, groups)
    return values[1] - values[0], math.sqrt(variance), df


# The matched panel.


def _panel(row: Row, cell: ChangeCell, quantities: QuantityPair, waves: TwoWaves) -> Row:
    """The row of the panel, without weights."""
    earlier_values, later_values = (
        waves.spread(values, wave)
        for values, wave in zip(_panel_values(quantities), (waves.earlier, waves.later), strict=True)
    )
    if quantities[1].kind == "share":
        return paired_share_row(row, later_values, earlier_values, cell.panel)
    within = POINT_SCALE if quantities[1].kind == "mean" and row.unit == "points" else None
    panel_row = replace(
        mean_row(row, later_values - earlier_values, cell.panel, within=within), method=row.method
    )
    if not panel_row.se or panel_row.value is None or panel_row.base is None:
        return panel_row
    return replace(panel_row, p_value=t_p_value(panel_row.value / panel_row.se, panel_row.base - 1))


def _panel_values(quantities: QuantityPair) -> Iterator[np.ndarray]:
    for quantity in quantities:
        yield quantity.values if quantity.kind == "share" else quantity.scores
