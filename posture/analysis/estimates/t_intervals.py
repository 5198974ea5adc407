"""Computes the t interval and p-value of a difference whose degrees of freedom are not its base minus one."""

import math
from dataclasses import replace

from posture.analysis.estimates.rows import Row
from posture.methods.intervals import Interval
from posture.methods.survey import t_p_value, t_quantile


def with_t(row: Row, df: float, *, within: tuple[float, float] | None = None) -> Row:
    """Adds interval and p-value to a row. Its effective base is `df` + 1, so that both follow from published numbers.
    A difference without spread has neither."""
    if not row.se or row.value is None or math.isnan(df):
        return row
    reach = t_quantile(row.level, df) * row.se
    interval = Interval(row.value - reach, row.value + reach)
    tested = replace(row, p_value=t_p_value(row.value / row.se, df), effective_base=df + 1)
    return tested.with_interval(interval.within(*within) if within else interval)


def whole_degrees_of_freedom(df: float) -> float:
    """Rounds degrees of freedom down, where the exact ones do not follow from published numbers."""
    return df if math.isnan(df) else float(max(1, math.floor(df + 1e-9)))
