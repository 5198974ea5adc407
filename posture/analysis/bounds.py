"""A row that is told as a range: "at most" or "at least" as its value, and an interval that holds for every count of
the range."""

import math
from dataclasses import dataclass, replace

import numpy as np

from posture.analysis.capping import Telling
from posture.analysis.quantities import Quantity
from posture.analysis.ranges import CLOSE, Number, Told
from posture.analysis.rows import Row
from posture.analysis.weighted import weighted_row
from posture.analysis.weights import Weighting
from posture.methods.intervals import Interval, mean_t, tango, wilson, wilson_at
from posture.methods.survey import t_quantile

AT_MOST, AT_LEAST = "at_most", "at_least"


@dataclass(frozen=True)
class Ends:
    """The least and the most that a number may be, in the unit of its row, and the interval that goes with both."""

    low: float
    high: float
    interval: Interval | None

    def on(self, row: Row, *, is_at_least: bool) -> Row:
        bound, value = (AT_LEAST, self.low + 0.0) if is_at_least else (AT_MOST, self.high + 0.0)
        told = replace(row, value=value, bound=bound)
        return _without_spread(told).with_interval(self.interval)


def _without_spread(row: Row) -> Row:
    """Standard error, interval and p-value of exact counts would give the counts away."""
    return replace(row, unweighted_value=None, se=None, p_value=None, ci_low=None, ci_high=None)


def told_row(
    quantity: Quantity,
    blank: Row,
    base: np.ndarray,
    telling: Telling,
    *,
    k: int,
    weighting: Weighting | None = None,
) -> Row:
    """The row of `quantity` as it may be told; one that leaves somebody out has no standard error, so that nothing
    is worked out from it on the whole base. Withheld where a base without those left out is below k. With weights
    only shares are told as ranges, by the heaviest and the lightest organisations; other numbers are withheld."""
    if telling.without is not None:
        base = base & ~telling.without
    exact = quantity.row(blank, base) if weighting is None else weighted_row(quantity, blank, base, weighting)
    is_small = exact.base is not None and exact.base < k
    if telling.told == Told.WITHHELD or is_small or (telling.without is not None and int(base.sum()) < k):
        return exact.suppressed()
    scale = _Shares(base, blank.level, weighting)
    if telling.without is not None and telling.number is not telling.whole:
        return _beside_those_left_out(exact, telling, scale)
    if telling.without is not None:
        exact = replace(exact, se=None)
    if telling.is_vague_inside:
        exact = replace(_without_spread(exact), unweighted_value=exact.unweighted_value)
        exact = exact.with_interval(_reach_of_difference(exact, telling, scale))
    number = telling.number
    if (telling.told != Told.RANGED and telling.told != Told.CAPPED) or number is None:
        return exact
    if quantity.kind == "share":
        return _share(exact, number, scale)
    if weighting is not None:
        return exact.suppressed()
    return _difference(exact, telling) if quantity.kind == "paired" else _mean(exact, quantity, telling)


class _Shares:
    """Shares of counts of the organisations of a base, and their intervals."""

    def __init__(self, base: np.ndarray, level: float, weighting: Weighting | None) -> None:
        self.size, self.level, self.weights = int(base.sum()), level, None
        if weighting is not None:
            self.weights = np.sort(weighting.weights[base])
            self.lightest, self.heaviest = weighting.weights.min(), weighting.weights.max()
            self.kish = float(self.weights.sum() ** 2 / (self.weights**2).sum())

    def least(self, count: int, *, others: int = 0) -> float:
        """`others`: organisations of the base that `size` does not count."""
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
        """The effective base of exact answers would give the answers away; that of the weights alone does not."""
        return (
            row if self.weights is None else replace(row, effective_base=float(max(1, math.floor(self.kish))))
        )


def _is_at_least(number: Number) -> bool:
    if number.told == Told.CAPPED:
        return not number.is_low
    middle = (number.low + number.high) / 2
    return middle >= 0 if number.is_difference else 2 * middle > number.base * number.top


def _share(row: Row, number: Number, scale: _Shares) -> Row:
    low, high = scale.least(round(number.low)), scale.most(round(number.high))
    return scale.on(Ends(low, high, scale.interval(low, high)).on(row, is_at_least=_is_at_least(number)))


def _beside_those_left_out(row: Row, telling: Telling, scale: _Shares) -> Row:
    """A share of a base in which a few more are counted than `row` says, who count for it in part or all."""
    few, whole, number = telling.left_out, telling.whole, telling.number
    assert few is not None
    assert whole is not None
    most, least = round(few.high), round(few.low)
    if number is None:
        few_at_most = max(round(whole.high), least)
        low = scale.least(round(whole.low), others=most)
        high = scale.most(round(whole.high), others=few_at_most)
    else:
        few_at_most = most
        low = scale.least(round(number.low), others=most)
        high = scale.most(round(number.high) + most, others=most)
    ends = Ends(low, high, scale.interval(low, high, others=(most, few_at_most)))
    return scale.on(ends.on(row, is_at_least=low + high > 1))


def _mean(row: Row, quantity: Quantity, telling: Telling) -> Row:
    number, n = telling.number, row.base or 0
    assert number is not None
    low, high = (telling.offset + end / n for end in (number.low, number.high))
    interval = None
    if number.told == Told.CAPPED:
        interval = _of_three(number, telling.offset, n, row.level)
    elif row.ci_low is not None and row.ci_high is not None and row.value is not None:
        interval = Interval(low - (row.value - row.ci_low), high + (row.ci_high - row.value))
        interval = interval.within(*quantity.within) if quantity.within else interval
    return Ends(low, high, interval).on(row, is_at_least=_is_at_least(number))


def _of_three(number: Number, offset: float, n: int, level: float) -> Interval | None:
    """The widest interval that three organisations at the other end of the scale would give."""
    far, near = (number.top, 0.0) if number.is_low else (0.0, number.top)
    found = mean_t([far] * CLOSE + [near] * (n - CLOSE), level=level).interval
    if found is None:
        return None
    within = found.within(0.0, number.top)
    if number.is_low:
        return Interval(offset, offset + within.high)
    return Interval(offset + within.low, offset + number.top)


def _difference(row: Row, telling: Telling) -> Row:
    """Of two yes-or-no halves."""
    number, n = telling.number, row.base or 0
    assert number is not None
    ends = Ends(100 * number.low / n, 100 * number.high / n, _any_table(telling, n, row.level))
    return ends.on(row, is_at_least=_is_at_least(number))


def _reach_of_difference(row: Row, telling: Telling, scale: _Shares) -> Interval | None:
    """The interval depends on how many differ either way, so it is as vague as they are."""
    found = _any_table(telling, scale.size, row.level)
    if found is None or scale.weights is None or row.value is None:
        return found
    assert telling.number is not None
    middle, wider = 100 * telling.number.value / scale.size, math.sqrt(scale.size / scale.kish)
    reach = Interval(row.value - wider * (middle - found.low), row.value + wider * (found.high - middle))
    return reach.within(-100.0, 100.0)


def _any_table(telling: Telling, n: int, level: float) -> Interval | None:
    """The union over the corners of what over and under may be."""
    number, sides = telling.number, telling.sides
    if number is None or sides is None:
        return None
    over, under = sides
    corners = {
        (x, y)
        for difference in (round(number.low), round(number.high))
        for x, y in (
            *((round(end), round(end) - difference) for end in (over.low, over.high)),
            *((round(end) + difference, round(end)) for end in (under.low, under.high)),
        )
        if x >= 0 and y >= 0 and x + y <= n
    }
    found = [tango(0, x, y, n - x - y, level=level) for x, y in corners]
    known = [one for one in found if one is not None]
    if not known:
        return None
    return Interval(min(one.low for one in known), max(one.high for one in known)).times(100)
