"""Corrects standard errors and intervals of released rows for the size of the frame. The correction uses published
numbers only, so it reveals nothing more: the sampling fraction of a number is its published base among all
organisations, divided by the organisations of the frame.

Not corrected: numbers that are shown as ranges or without a standard error of their own, and changes between
waves; the exact p-value of a difference of paired shares. Their published uncertainty is then too large.
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
        """All rows in their order, some of them corrected. `rows`: without changes."""
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
        total = table.get(identity(replace(row, cohort=ALL)))
        if total is None or total.base is None:
            return None
        return total.base / self.size


def _share(row: Row, fraction: float, table: Mapping[Identity, Row]) -> Row:
    assert row.value is not None
    assert row.base is not None
    base = effective_base(row.base, fraction)
    interval = wilson_on(row.value, base, normal_quantile(row.level))
    corrected = replace(row, method=row.method + CORRECTED, effective_base=None if math.isinf(base) else base)
    if row.se is not None:
        corrected = replace(corrected, se=row.se * math.sqrt(row.base / base))
    return corrected.with_interval(interval)


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
    corrected = replace(row, method=row.method + CORRECTED, se=se, p_value=p_value)
    return corrected.with_interval(Interval(row.value - reach, row.value + reach).within(lowest, highest))


def _paired(row: Row, fraction: float, table: Mapping[Identity, Row]) -> Row:
    """The corrected row of a paired difference. Tango's statistic grows with the root of the base, so all counts are
    multiplied by one factor. The organisations with a single yes follow from difference and standard error."""
    if row.se is None or row.base is None or row.value is None:
        return row
    base, difference = row.base, row.value / 100
    discordant = round(base * (base * (row.se / 100) ** 2 + difference**2))
    only_first = round((discordant + difference * base) / 2)
    corrected_base = effective_base(base, fraction)
    corrected = replace(
        row,
        method=row.method + CORRECTED,
        effective_base=None if math.isinf(corrected_base) else corrected_base,
        se=row.se * math.sqrt(base / corrected_base),
    )
    if math.isinf(corrected_base):
        return replace(corrected, p_value=None).with_interval(Interval(row.value, row.value))
    factor = corrected_base / base
    only_second, neither = discordant - only_first, base - discordant
    interval = tango(0, factor * only_first, factor * only_second, factor * neither, level=row.level)
    return corrected.with_interval(interval.times(100) if interval else None)


def _shares_against_rest(row: Row, fraction: float, table: Mapping[Identity, Row]) -> Row:
    """The corrected row of a cohort against the others, from the row of the cohort and the row of all
    organisations."""
    share_row = replace(row, statistic=row.statistic.removesuffix(AGAINST_REST))
    cohort_row, total_row = table[identity(share_row)], table[identity(replace(share_row, cohort=ALL))]
    if (
        row.se is None
        or cohort_row.value is None
        or total_row.value is None
        or not cohort_row.base
        or not total_row.base
    ):
        return row
    rest_base = total_row.base - cohort_row.base
    cohort_share, rest_share = (
        cohort_row.value,
        (total_row.value * total_row.base - cohort_row.value * cohort_row.base) / rest_base,
    )
    rest_share = min(1.0, max(0.0, rest_share))
    bases = [effective_base(base, fraction) for base in (cohort_row.base, rest_base)]
    corrected = replace(row, method=row.method + CORRECTED, se=corrected_se(row.se, fraction))
    if fraction == 1:
        return replace(corrected, p_value=None).with_interval(Interval(row.value or 0.0, row.value or 0.0))

    def interval(level: float) -> Interval:
        z = normal_quantile(level)
        return newcombe(
            cohort_share, wilson_on(cohort_share, bases[0], z), rest_share, wilson_on(rest_share, bases[1], z)
        )

    return replace(corrected, p_value=p_by_inversion(cohort_share - rest_share, interval)).with_interval(
        interval(row.level).times(100)
    )


Correction = Callable[[Row, float, Mapping[Identity, Row]], Row]
CORRECTIONS: dict[str, Correction] = {
    "wilson": _share,
    "t": _mean,
    "tango": _paired,
    "contrast": _mean,
    "newcombe": _shares_against_rest,
}
