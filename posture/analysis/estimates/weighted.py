"""Computes rows with weights: value, bases and interval are those of the weighted organisations, beside the
unweighted value. They are published no more precisely than they are shown, because exact weighted sums would reveal
answers. Interval and p-value follow from the published numbers."""

import math
from dataclasses import replace

import numpy as np

from posture.analysis.estimates.quantities import Quantity
from posture.analysis.estimates.rows import Row, rounded_outwards
from posture.analysis.estimates.weights import Weighting
from posture.methods.intervals import Interval, wilson_at
from posture.methods.rounding import half_up
from posture.methods.survey import t_p_value, t_quantile

DEFF_DECIMALS = 2
DECIMALS = {"share": 2, "bands": 1}
METHODS = {"share": "wilson_jackknife", "mean": "t_jackknife", "paired": "t_jackknife"}


def weighted_row(quantity: Quantity, blank: Row, base: np.ndarray, weighting: Weighting) -> Row:
    """The weighted row of a quantity. A base of 0 has no value; a single organisation, and a mean of equal values,
    have no interval."""
    unweighted = quantity.row(blank, base)
    if quantity.kind in ("count", "band", "median"):
        return unweighted
    if quantity.kind in ("lowest", "highest"):
        estimate = weighting.mean(quantity.scores, base) if unweighted.value is not None else None
        return (
            replace(unweighted, value=rounded_outwards(unweighted, estimate.value))
            if estimate
            else unweighted
        )
    row = replace(quantity.named(blank), method=METHODS[quantity.kind], base=unweighted.base)
    if unweighted.value is None:
        return row
    estimate = weighting.mean(quantity.scores, base)
    value = published_value(estimate.value, quantity.unit)
    row = replace(
        row,
        value=value,
        unweighted_value=published_value(unweighted.value, quantity.unit),
        weighted_base=float(half_up(estimate.weighted_base)),
        effective_base=float(max(1, math.floor(estimate.effective_base + 1e-9))),
    )
    if estimate.variance is None:
        return row
    se = published_se(math.sqrt(estimate.variance), quantity.unit)
    design_effect = estimate.design_effect
    row = replace(
        row,
        se=se,
        design_effect=None if design_effect is None else float(half_up(design_effect, DEFF_DECIMALS)),
    )
    if quantity.kind == "share":
        effective = row.effective_base or 1.0
        return row.with_interval(
            wilson_at(value * effective, effective, t_quantile(row.level, estimate.base - 1))
        )
    return _with_t(row, value, se, estimate.base - 1, quantity)


def _with_t(row: Row, value: float, se: float, df: int, quantity: Quantity) -> Row:
    if se == 0:
        return row
    reach = t_quantile(row.level, df) * se
    interval = Interval(value - reach, value + reach)
    tested = t_p_value(value / se, df) if quantity.is_difference else None
    return replace(row, p_value=tested).with_interval(
        interval.within(*quantity.within) if quantity.within else interval
    )


def published_se(se: float, unit: str) -> float:
    """Rounds a standard error to one more decimal than the value."""
    return float(half_up(se, DECIMALS.get(unit, 0) + 1))


def published_value(value: float, unit: str) -> float:
    """Rounds a value to the precision in which it is shown. Only a share of none is 0 %, and only a share of all is
    100 %."""
    rounded = float(half_up(value, DECIMALS.get(unit, 0)))
    if unit == "share" and 0 < value < 1:
        return min(0.99, max(0.01, rounded))
    return rounded
