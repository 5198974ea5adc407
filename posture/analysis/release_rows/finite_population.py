"""Corrects standard errors and intervals of released rows for the size of the frame. The correction uses published
numbers only, so it reveals nothing more: the sampling fraction of a number is its published base among all
organisations, divided by the organisations of the frame.

Not corrected: numbers that are shown as ranges or without a standard error of their own, changes between waves and
forecasts; the exact p-value of a difference of paired shares. Their published uncertainty is then too large.
Source   METHODS.md, "Finite population".
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from posture.analysis.estimates.quantities import PERCENT_SCALE, POINT_SCALE
from posture.analysis.estimates.rows import PUBLISHED, Identity, Row, identity
from posture.analysis.release_rows.rest import AGAINST_REST
from posture.methods.finite_population import corrected_se, effective_base, wilson_on
from posture.methods.intervals import Interval, newcombe, normal_quantile, tango
from posture.methods.inversion import p_by_inversion
from posture.methods.survey import t_p_value, t_quantile
from surveys.instrument.cohorts import ALL

CORRECTED = "_fpc"
SCALES = {"percent": PERCENT_SCALE, "score": PERCENT_SCALE, "points": POINT_SCALE}


@dataclass(frozen=True)
class FinitePopulation:
    """The frame. size: its organisations, each counted once, and at least as many as take part."""

    size: int

    def corrected(self, rows: Sequence[Row]) -> list[Row]:
        """All rows in their order, some of them corrected. `rows`: without changes and forecasts."""
        table = {identity(row): row for row in rows}
        return [self._corrected(row, table) for row in rows]

    def _corrected(self, row: Row, table: Mapping[Identity, Row]) -> Row:
        correct = CORRECTIONS.get(row.method)
        if correct is None or row.status != PUBLISHED or row.bound or row.value is None:
            return row
        fraction = self._fraction(row, table)
        return row if fraction is None else correct(row, fraction, table)

    def _fraction(self, row: Row, table: Mapping[Identity, Row]) -> float | None:
        """The sampling fraction of a number. None where the base among all organisations is withheld: it would follow
        from the correction."""
        if row.statistic.endswith(AGAINST_REST):
            return (row.base or 0) / self.size
        everybody = table.get(identity(replace(row, cohort=ALL)))
        if everybody is None or everybody.base is None:
            return None
        return everybody.base / self.size


def _share(row: Row, fraction: float, table: Mapping[Identity, Row]) -> Row:
    assert row.value is not None
    assert row.base is not None
    base = effective_base(row.base, fraction)
    interval = wilson_on(row.value, base, normal_quantile(row.level))
    found = replace(row, method=row.method + CORRECTED, effective_base=None if math.isinf(base) else base)
    if row.se is not None:
        found = replace(found, se=row.se * math.sqrt(row.base / base))
    return found.with_interval(interval)


def _mean(row: Row, fraction: float, table: Mapping[Identity, Row]) -> Row:
    """The corrected row of a mean or a difference. The effective base of a difference is Welch's degrees of freedom
    plus one. These do not change, because the correction multiplies the variances of both sides by the same factor."""
    if not row.se or row.base is None or row.value is None:
        return row
    df = (row.effective_base or row.base) - 1
    se = corrected_se(row.se, fraction)
    reach = t_quantile(row.level, df) * se
    lowest, highest = SCALES.get(row.unit, (-math.inf, math.inf))
    p_value = None if row.p_value is None or se == 0 else t_p_value(row.value / se, df)
    found = replace(row, method=row.method + CORRECTED, se=se, p_value=p_value)
    return found.with_interval(Interval(row.value - reach, row.value + reach).within(lowest, highest))


def _paired(row: Row, fraction: float, table: Mapping[Identity, Row]) -> Row:
    """The corrected row of a paired difference. Tango's statistic grows with the root of the base, so all counts are
    multiplied by one factor. The organisations with a single yes follow from difference and standard error."""
    if row.se is None or row.base is None or row.value is None:
        return row
    base, difference = row.base, row.value / 100
    discordant = round(base * (base * (row.se / 100) ** 2 + difference**2))
    first = round((discordant + difference * base) / 2)
    effective = effective_base(base, fraction)
    found = replace(
        row,
        method=row.method + CORRECTED,
        effective_base=None if math.isinf(effective) else effective,
        se=row.se * math.sqrt(base / effective),
    )
    if math.isinf(effective):
        return replace(found, p_value=None).with_interval(Interval(row.value, row.value))
    times = effective / base
    second, neither = discordant - first, base - discordant
    interval = tango(0, times * first, times * second, times * neither, level=row.level)
    return found.with_interval(interval.times(100) if interval else None)


def _shares_apart(row: Row, fraction: float, table: Mapping[Identity, Row]) -> Row:
    """The corrected row of a cohort against the others, from the row of the cohort and the row of all
    organisations."""
    plain = replace(row, statistic=row.statistic.removesuffix(AGAINST_REST))
    own, everybody = table[identity(plain)], table[identity(replace(plain, cohort=ALL))]
    if row.se is None or own.value is None or everybody.value is None or not own.base or not everybody.base:
        return row
    rest = everybody.base - own.base
    here, there = own.value, (everybody.value * everybody.base - own.value * own.base) / rest
    there = min(1.0, max(0.0, there))
    bases = [effective_base(base, fraction) for base in (own.base, rest)]
    found = replace(row, method=row.method + CORRECTED, se=corrected_se(row.se, fraction))
    if fraction == 1:
        return replace(found, p_value=None).with_interval(Interval(row.value or 0.0, row.value or 0.0))

    def interval(level: float) -> Interval:
        z = normal_quantile(level)
        return newcombe(here, wilson_on(here, bases[0], z), there, wilson_on(there, bases[1], z))

    return replace(found, p_value=p_by_inversion(here - there, interval)).with_interval(
        interval(row.level).times(100)
    )


Correction = Callable[[Row, float, Mapping[Identity, Row]], Row]
CORRECTIONS: dict[str, Correction] = {
    "wilson": _share,
    "t": _mean,
    "tango": _paired,
    "contrast": _mean,
    "newcombe": _shares_apart,
}
