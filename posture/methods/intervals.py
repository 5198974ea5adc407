"""Intervals for shares, means and differences. `level` is the statistical level, 0.95 unless stated otherwise. A base
of 0 has no interval; the ends of an interval are never outside the possible values."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from scipy.optimize import brentq
from scipy.special import bdtr, stdtrit

LEVEL = 0.95
SAME_END = 1e-6


@dataclass(frozen=True)
class Interval:
    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low

    def widened(self, half_width: float) -> "Interval":
        return Interval(self.low - half_width, self.high + half_width)

    def within(self, lowest: float, highest: float) -> "Interval":
        return Interval(max(self.low, lowest), min(self.high, highest))

    def times(self, factor: float) -> "Interval":
        ends = sorted((self.low * factor, self.high * factor))
        return Interval(ends[0], ends[1])


@dataclass(frozen=True)
class MeanEstimate:
    mean: float | None
    se: float | None
    interval: Interval | None
    base: int


def wilson(successes: float, base: float, *, level: float = LEVEL) -> Interval | None:
    """Interval of the share successes/base, both ends in 0-1; None for base 0.

    Input    real numbers are allowed (an effective base); successes within 0 and base.
    Raises   ValueError for a negative base or more successes than base.
    Source   Wilson (1927); METHODS.md, "Share".
    """
    return wilson_at(successes, base, normal_quantile(level))


def wilson_at(successes: float, base: float, z: float) -> Interval | None:
    """Wilson's interval at any quantile z, such as Student's where the variance was estimated."""
    if not (math.isfinite(successes) and math.isfinite(base) and 0 <= successes <= base):
        raise ValueError(f"{successes} of {base} is not a share")
    if base == 0:
        return None
    share = successes / base
    middle = share + z * z / (2 * base)
    reach = z * math.sqrt(share * (1 - share) / base + z * z / (4 * base * base))
    stretch = 1 + z * z / base
    low = 0.0 if successes == 0 else max(0.0, (middle - reach) / stretch)
    high = 1.0 if successes == base else min(1.0, (middle + reach) / stretch)
    return Interval(low, high)


def wilson_count(end: float, base: int, *, level: float = LEVEL, is_low: bool) -> int | None:
    """The count of the base whose Wilson interval begins at `end`, or ends there if `is_low` is false.

    Input    end within 0-1, to about six decimals.
    Missing  None where the interval of no count has this end.
    Source   The equation of which Wilson's ends are the roots, solved for the share: Wilson (1927).
    """
    if not base:
        return None
    reach = normal_quantile(level) * math.sqrt(end * (1 - end) / base)
    count = round(base * (end + reach if is_low else end - reach))
    interval = wilson(count, base, level=level) if 0 <= count <= base else None
    if interval is None or abs((interval.low if is_low else interval.high) - end) > SAME_END:
        return None
    return count


def share_se(share: float, base: int) -> float:
    """Standard error of a share of organisations taken as a simple random sample; 0 at the ends."""
    return math.sqrt(max(0.0, share * (1 - share)) / base)


def mean_t(values: Iterable[float], *, level: float = LEVEL) -> MeanEstimate:
    """Mean, standard error and t interval with base - 1 degrees of freedom.

    Missing  NaN is refused: the caller selects the base. Base 0 has no mean; one value, or values that are all the
             same, have a mean and no interval, because the spread is unknown.
    Source   Student (1908); METHODS.md, "Mean".
    """
    normal_quantile(level)
    numbers = np.asarray(list(values), dtype=float)
    if not np.isfinite(numbers).all():
        raise ValueError("a mean needs finite numbers")
    if not numbers.size:
        return MeanEstimate(None, None, None, 0)
    mean = float(numbers.mean())
    if numbers.size == 1:
        return MeanEstimate(mean, None, None, 1)
    if np.ptp(numbers) == 0:
        return MeanEstimate(float(numbers[0]), 0.0, None, numbers.size)
    se = float(numbers.std(ddof=1)) / math.sqrt(numbers.size)
    reach = float(stdtrit(numbers.size - 1, (1 + level) / 2)) * se
    return MeanEstimate(mean, se, Interval(mean - reach, mean + reach), numbers.size)


def newcombe(share1: float, interval1: Interval, share2: float, interval2: Interval) -> Interval:
    """Interval of share1 - share2 for independent samples, from the interval of each.

    Source   Newcombe (1998), method 10; Zou and Donner (2008) for any two intervals; METHODS.md,
             "Difference of independent shares".
    """
    difference = share1 - share2
    return Interval(
        difference - math.hypot(share1 - interval1.low, interval2.high - share2),
        difference + math.hypot(interval1.high - share1, share2 - interval2.low),
    )


def tango(
    both: float, first_only: float, second_only: float, neither: float, *, level: float = LEVEL
) -> Interval | None:
    """Interval of (first_only - second_only) / base for paired yes/no answers, in -1 to 1; None for base 0.

    Input    real numbers are allowed (counts of an effective base).
    Raises   ValueError for a negative count.
    Source   Tango (1998), the score interval; METHODS.md, "Difference of paired shares".
    """
    z = normal_quantile(level)
    if min(both, first_only, second_only, neither) < 0:
        raise ValueError("a count is never negative")
    base = both + first_only + second_only + neither
    if base == 0:
        return None
    difference = (first_only - second_only) / base

    def score(delta: float) -> float:
        return _tango_score(delta, first_only, second_only, base)

    low = _crossing(lambda delta: score(delta) - z, difference, -1.0)
    high = _crossing(lambda delta: score(delta) + z, difference, 1.0)
    return Interval(low, high)


def _tango_score(delta: float, first_only: float, second_only: float, base: float) -> float:
    linear = -first_only - second_only + (2 * base - first_only + second_only) * delta
    constant = -second_only * delta * (1 - delta)
    root = math.sqrt(max(0.0, linear * linear - 8 * base * constant))
    second_share = (root - linear) / (4 * base)
    variance = base * (2 * second_share + delta * (1 - delta))
    distance = first_only - second_only - base * delta
    if variance <= 0:
        return 0.0 if abs(distance) < 1e-12 else math.copysign(math.inf, distance)
    return distance / math.sqrt(variance)


def _crossing(excess: Callable[[float], float], start: float, end: float) -> float:
    """The point at which `excess` changes sign between the estimate and the end of the possible values, else that
    end."""
    if start == end:
        return end
    nearly_end = end + (start - end) * 1e-12
    if math.copysign(1, excess(start)) == math.copysign(1, excess(nearly_end)):
        return end
    return float(brentq(lambda delta: _bounded(excess(delta)), start, nearly_end, xtol=1e-12))


def _bounded(value: float) -> float:
    return max(-1e6, min(1e6, value))


def mcnemar_midp(first_only: int, second_only: int) -> float:
    """Two-sided mid-p value of equal shares of yes in both items of a pair; 1.0 without a discordant pair.

    Source   Fagerland, Lydersen and Laake (2013); METHODS.md, "Difference of paired shares".
    """
    discordant = first_only + second_only
    if discordant == 0:
        return 1.0
    smaller = min(first_only, second_only)
    as_far = math.comb(discordant, smaller) / 2**discordant
    if first_only == second_only:
        return 1 - as_far / 2
    return float(2 * bdtr(smaller, discordant, 0.5) - as_far)


@lru_cache(maxsize=1024)
def normal_quantile(level: float) -> float:
    """The normal quantile of the two-sided level. Raises ValueError for a level that is not between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    return NormalDist().inv_cdf((1 + level) / 2)
