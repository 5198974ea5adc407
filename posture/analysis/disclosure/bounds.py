"""Builds rows shown as a range: "at most" or "at least" as the value, and an interval that holds for every count of
the range."""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from posture.analysis.disclosure.decisions import RowDecision
from posture.analysis.disclosure.sums_of_numbers import CLOSE, SLACK, Exactness, Number
from posture.analysis.estimates.quantities import Quantity
from posture.analysis.estimates.reasons import Reason
from posture.analysis.estimates.rows import BESIDE_FEW, Row, banded, count_members
from posture.analysis.estimates.weighted import weighted_row
from posture.analysis.estimates.weights import Weighting
from posture.methods.intervals import Interval, mean_t, wilson, wilson_at
from posture.methods.paired_tables import tango_over_tables
from posture.methods.survey import t_quantile

AT_MOST, AT_LEAST = "at_most", "at_least"
ROUNDED_TO = 0.01


@dataclass(frozen=True)
class Ends:
    """The lowest and highest possible value of a number, in the unit of its row, and the interval that covers both."""

    low: float
    high: float
    interval: Interval | None

    def on(self, row: Row, *, is_at_least: bool) -> Row:
        bound, value = (AT_LEAST, self.low + 0.0) if is_at_least else (AT_MOST, self.high + 0.0)
        bounded_row = row.changed(value=value, bound=bound)
        return _without_spread(bounded_row).with_interval(self.interval)


def _without_spread(row: Row) -> Row:
    """Removes standard error, interval and p-value of exact counts, because they would reveal the counts."""
    return row.changed(
        unweighted_value=None, se=None, design_effect=None, p_value=None, ci_low=None, ci_high=None
    )


def protected_row(
    quantity: Quantity,
    blank: Row,
    base: np.ndarray,
    decision: RowDecision,
    *,
    k: int,
    weighting: Weighting | None = None,
) -> Row:
    """The row of `quantity` as it may be shown. If its base counts organisations whose number is not shown exactly,
    the published base is that of the others. The value is then a bound that holds on the whole base.
    Withheld where the published base would be below k. With weights only shares are shown as ranges, computed with
    the heaviest and the lightest organisations; other numbers are withheld."""
    row = _protected_row(quantity, blank, base, decision, k, weighting)
    return row.changed(reason=decision.reason) if row.bound and row.reason is None else row


def _protected_row(
    quantity: Quantity,
    blank: Row,
    base: np.ndarray,
    decision: RowDecision,
    k: int,
    weighting: Weighting | None,
) -> Row:
    counted = base if decision.without is None else base & ~decision.without
    if quantity.kind == "band" and decision.without is not None:
        exact = _band_beside_others(quantity.named(blank), quantity, base, counted, decision)
    else:
        exact = (
            quantity.row(blank, counted)
            if weighting is None
            else weighted_row(quantity, blank, counted, weighting)
        )
    if decision.exactness == Exactness.WITHHELD:
        return exact.suppressed(decision.reason)
    if (exact.base or 0) < k:
        return exact.suppressed(Reason.FEW_PUBLISHABLE)
    if quantity.kind == "band":
        return exact
    if quantity.kind == "median":
        return exact if _may_be_published(exact, quantity, counted, k) else exact.suppressed(Reason.EXTREMES)
    scale = _Shares(counted, blank.level, weighting)
    if decision.without is not None:
        return _share_beside_others(exact, decision, scale)
    if decision.has_inexact_sides:
        exact = _without_spread(exact).changed(unweighted_value=exact.unweighted_value)
        exact = exact.with_interval(_reach_of_difference(exact, decision, scale))
    number = decision.number
    if (decision.exactness != Exactness.RANGED and decision.exactness != Exactness.CAPPED) or number is None:
        return exact
    if quantity.kind == "share":
        return _share(exact, number, scale)
    if weighting is not None:
        return exact.suppressed(decision.reason)
    return _difference(exact, decision) if quantity.kind == "paired" else _mean(exact, quantity, decision)


def _may_be_published(median: Row, quantity: Quantity, base: np.ndarray, k: int) -> bool:
    """Whether a median may be shown. Half of the base is at or below it and half at or above, so half of the base
    must be at least k. The median also says that some organisations are at it, so these must be more than three."""
    at_median = count_members(quantity.values[base] == median.value)
    return (median.base or 0) >= 2 * k and at_median > CLOSE


class _Shares:
    """Shares of counts of a base, and their intervals."""

    def __init__(self, base: np.ndarray, level: float, weighting: Weighting | None) -> None:
        self.size, self.level, self.weights = count_members(base), level, None
        if weighting is not None:
            self.weights = np.sort(weighting.weights[base])
            self.lightest, self.heaviest = weighting.weights.min(), weighting.weights.max()
            self.kish = float(self.weights.sum() ** 2 / (self.weights**2).sum())

    def least(self, count: int, *, others: int = 0) -> float:
        """The share of the lowest count. `others`: organisations of the base that `size` does not count."""
        if self.weights is None:
            return count / (self.size + others)
        inside = count * self.lightest if others else self.weights[:count].sum()
        return math.floor(100 * inside / (self.weights.sum() + others * self.heaviest) + 1e-9) / 100

    def most(self, count: int, *, others: int = 0) -> float:
        if self.weights is None:
            return count / (self.size + others)
        inside = count * self.heaviest if others else self.weights[self.size - count :].sum()
        whole = self.weights.sum() + others * self.heaviest
        return min(1.0, math.ceil(100 * inside / whole - 1e-9) / 100)

    def among_more(self, value: float, *, most: int, least: int) -> tuple[float, float]:
        """Ends of the share `value` if between `least` and `most` other organisations, none of which is a hit, are
        counted in the base too. With weights `value` is rounded, so its ends are those of its possible values before
        rounding."""
        if self.weights is None:
            hits = value * self.size
            return hits / (self.size + most), hits / (self.size + least)
        whole, half = self.weights.sum(), ROUNDED_TO / 2
        smallest = value - half if value > ROUNDED_TO else 0.0
        largest = value + half if value < 1 - ROUNDED_TO else 1.0
        low = smallest * whole / (whole + most * self.heaviest)
        high = largest * whole / (whole + least * self.lightest)
        return math.floor(100 * low + 1e-9) / 100, math.ceil(100 * high - 1e-9) / 100

    def interval(self, low: float, high: float, *, others: tuple[int, int] = (0, 0)) -> Interval | None:
        ends = [self._around(share, size) for share, size in zip((low, high), others, strict=True)]
        first, last = ends
        return Interval(first.low, last.high) if first and last else None

    def _around(self, share: float, others: int) -> Interval | None:
        if self.weights is None:
            n = self.size + others
            return wilson(share * n, n, level=self.level)
        return wilson_at(share * self.kish, self.kish, t_quantile(self.level, max(1, self.size - 1)))

    def on(self, row: Row) -> Row:
        """Sets the effective base of a weighted row to that of the weights alone. The effective base of exact answers
        would reveal the answers."""
        return (
            row if self.weights is None else row.changed(effective_base=float(max(1, math.floor(self.kish))))
        )


def _is_at_least(number: Number) -> bool:
    if number.exactness == Exactness.CAPPED:
        return not number.is_low
    middle = (number.low + number.high) / 2
    return middle >= 0 if number.is_difference else 2 * middle > number.base * number.top


def _share(row: Row, number: Number, scale: _Shares) -> Row:
    low, high = scale.least(round(number.low)), scale.most(round(number.high))
    return scale.on(Ends(low, high, scale.interval(low, high)).on(row, is_at_least=_is_at_least(number)))


def _share_beside_others(row: Row, decision: RowDecision, scale: _Shares) -> Row:
    """A share of a base that has a few more organisations than `row` says. All, some or none of these may be hits;
    none is counted where the row is about the others only."""
    left_out, whole, number = decision.left_out, decision.whole, decision.number
    assert left_out is not None
    assert whole is not None
    most, least = round(left_out.high), round(left_out.low)
    fewest = least
    if number is None:
        fewest = max(round(whole.high), least)
        low = scale.least(round(whole.low), others=most)
        high = scale.most(round(whole.high), others=fewest)
    elif number is not whole:
        fewest = most
        low = scale.least(round(number.low), others=most)
        high = scale.most(round(number.high) + most, others=most)
    elif number.exactness == Exactness.EXACT and row.value is not None:
        low, high = scale.among_more(row.value, most=most, least=least)
        row = row.changed(method=f"{row.method}{BESIDE_FEW}")
        if row.effective_base is not None:
            reach = _weighted_reach(low, high, row.effective_base, scale.size, row.level)
            return Ends(low, high, reach).on(row, is_at_least=low + high > 1)
    else:
        low = scale.least(round(number.low), others=most)
        high = scale.most(round(number.high), others=least)
    if low == high:
        return row.suppressed(decision.reason)
    ends = Ends(low, high, scale.interval(low, high, others=(most, fewest)))
    return scale.on(ends.on(row, is_at_least=low + high > 1))


def _weighted_reach(low: float, high: float, effective: float, size: int, level: float) -> Interval | None:
    quantile = t_quantile(level, max(1, size - 1))
    first, last = (wilson_at(end * effective, effective, quantile) for end in (low, high))
    return Interval(first.low, last.high) if first and last else None


def _band_beside_others(
    row: Row, quantity: Quantity, base: np.ndarray, counted: np.ndarray, decision: RowDecision
) -> Row:
    """A share of all organisations that were asked, where a few are hidden: the band that holds for any number of
    these."""
    left_out, is_in_published_base = decision.left_out, quantity.second
    assert left_out is not None
    assert is_in_published_base is not None
    hits = int(quantity.values[base].sum())
    published_base = count_members(counted & is_in_published_base)
    row = row.changed(method="band", base=published_base)
    if not hits + published_base:
        return row
    shares = [Fraction(hits, hits + published_base + round(end)) for end in (left_out.high, left_out.low)]
    return banded(row, *shares)


def _mean(row: Row, quantity: Quantity, decision: RowDecision) -> Row:
    number, n = decision.number, row.base or 0
    assert number is not None
    low, high = (decision.offset + end / n for end in (number.low, number.high))
    interval = None
    if number.exactness == Exactness.CAPPED:
        interval = _of_three(number, decision.offset, n, row.level)
    elif row.ci_low is not None and row.ci_high is not None and row.value is not None:
        interval = Interval(low - (row.value - row.ci_low), high + (row.ci_high - row.value))
        interval = interval.within(*quantity.within) if quantity.within else interval
    return Ends(low, high, interval).on(row, is_at_least=_is_at_least(number))


def _of_three(number: Number, offset: float, n: int, level: float) -> Interval | None:
    """The widest interval that three organisations at the other end of the scale would give."""
    far_end, near_end = (number.top, 0.0) if number.is_low else (0.0, number.top)
    interval = mean_t([far_end] * CLOSE + [near_end] * (n - CLOSE), level=level).interval
    if interval is None:
        return None
    interval_in_scale = interval.within(0.0, number.top)
    if number.is_low:
        return Interval(offset, offset + interval_in_scale.high)
    return Interval(offset + interval_in_scale.low, offset + number.top)


def _difference(row: Row, decision: RowDecision) -> Row:
    """The row of a difference of two yes-or-no answers."""
    number, n = decision.number, row.base or 0
    assert number is not None
    ends = Ends(100 * number.low / n, 100 * number.high / n, _any_table(decision, n, row.level))
    return ends.on(row, is_at_least=_is_at_least(number))


def _reach_of_difference(row: Row, decision: RowDecision, scale: _Shares) -> Interval | None:
    """The interval of a difference shown as a range. It depends on the numbers that differ either way, so it is as
    wide as their ranges."""
    interval = _any_table(decision, scale.size, row.level)
    if interval is None or scale.weights is None or row.value is None:
        return interval
    assert decision.number is not None
    middle, width_factor = 100 * decision.number.value / scale.size, math.sqrt(scale.size / scale.kish)
    reach = Interval(
        row.value - width_factor * (middle - interval.low),
        row.value + width_factor * (interval.high - middle),
    )
    return reach.within(-100.0, 100.0)


def _any_table(decision: RowDecision, n: int, level: float) -> Interval | None:
    """The union of the intervals over every table that is consistent with the published over, under and difference."""
    number, sides = decision.number, decision.sides
    if number is None or sides is None:
        return None
    over, under, difference = (
        (math.ceil(count.low - SLACK), math.floor(count.high + SLACK)) for count in (*sides, number)
    )
    interval = tango_over_tables(over, under, difference, n, level=level)
    return interval.times(100) if interval else None
