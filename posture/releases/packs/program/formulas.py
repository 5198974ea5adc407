"""The formulas behind verify.py. What each is and where it comes from stands on the page "Methods"."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

EXACT = 1e-9
SMALLEST_BASE, WIDEST, MARGIN, LARGEST_TIPPING_BASE = 30, 0.30, 0.10, 1_000_000
LEAST_LEVEL, MOST_LEVEL = 1e-9, 1 - 1e-12
NEAR = 1e-13


@dataclass(frozen=True)
class Figure:
    """A published share; n None: its base is not published. rounding: half of the last printed place."""

    share: float
    n: float | None
    rounding: float
    at_most: bool
    is_mean: bool
    disputed: bool


@dataclass(frozen=True)
class Ours:
    """possible: the lowest and the highest share that silence allows, or nothing where they are withheld."""

    share: float
    base: float
    level: float
    possible: tuple[float, ...]
    much_nonresponse: bool


@dataclass(frozen=True)
class Compared:
    """Before correction for the other comparisons of the cohort."""

    outcome: str
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    tipping_base: float | None = None
    within: bool = False
    flips: bool = False


def z_of(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)


def wilson(successes: float, base: float, z: float) -> tuple[float, float]:
    share = successes / base
    middle = share + z * z / (2 * base)
    reach = z * math.sqrt(max(0.0, share * (1 - share)) / base + z * z / (4 * base * base))
    stretch = 1 + z * z / base
    low = 0.0 if successes <= 0 else max(0.0, (middle - reach) / stretch)
    high = 1.0 if successes >= base else min(1.0, (middle + reach) / stretch)
    return low, high


def beta_fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function, by Lentz's method."""
    tiny = 1e-300
    c, d = 1.0, 1 / max(tiny, 1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 2000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / (1 + term * d or tiny)
            c = 1 + term / c or tiny
            value *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return value


def beyond(t: float, degrees: float) -> float:
    """Probability that Student's t lies further from zero than t, on both sides together."""
    x, a, b = degrees / (degrees + t * t), degrees / 2, 0.5
    if x == 1:
        return 1.0
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    if x < (a + 1) / (a + b + 2):
        return front * beta_fraction(a, b, x) / a
    return 1 - front * beta_fraction(b, a, 1 - x) / b


def density(t: float, degrees: float) -> float:
    """Of Student's t."""
    half = (degrees + 1) / 2
    top = math.lgamma(half) - math.lgamma(degrees / 2) - half * math.log1p(t * t / degrees)
    return math.exp(top) / math.sqrt(degrees * math.pi)


def t_of(level: float, degrees: float) -> float:
    """By Newton's steps from the normal quantile, which is smaller. No step goes too far, because the tail is
    convex."""
    t = z_of(level)
    for _ in range(200):
        step = (beyond(t, degrees) - (1 - level)) / (2 * density(t, degrees))
        t += step
        if step <= NEAR * t:
            break
    return t


def bisected(excess: Callable[[float], float], low: float, high: float) -> float:
    """Where `excess`, above zero at `low`, stops being so."""
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return (low + high) / 2


def tango(first_only: float, second_only: float, base: float, z: float) -> tuple[float, float]:
    difference = (first_only - second_only) / base

    def score(delta: float) -> float:
        linear = -first_only - second_only + (2 * base - first_only + second_only) * delta
        constant = -second_only * delta * (1 - delta)
        second = (math.sqrt(max(0.0, linear * linear - 8 * base * constant)) - linear) / (4 * base)
        variance = base * (2 * second + delta * (1 - delta))
        distance = first_only - second_only - base * delta
        if variance <= 0:
            return 0.0 if abs(distance) < 1e-12 else math.copysign(math.inf, distance)
        return distance / math.sqrt(variance)

    nearly = 1 - 1e-12
    low = high = None
    if difference == -1 or score(-nearly) <= z:
        low = -1.0
    if difference == 1 or score(nearly) >= -z:
        high = 1.0
    if low is None:
        low = bisected(lambda delta: score(delta) - z, -nearly, difference)
    if high is None:
        high = bisected(lambda delta: score(delta) + z, difference, nearly)
    return low, high


def mcnemar_midp(first_only: int, second_only: int) -> float:
    """Two-sided mid-p value that both halves of a pair say yes equally often."""
    n, smaller = first_only + second_only, min(first_only, second_only)
    if n == 0:
        return 1.0
    at = math.comb(n, smaller) / 2**n
    if first_only == second_only:
        return 1 - at / 2
    return 2 * sum(math.comb(n, count) for count in range(smaller + 1)) / 2**n - at


def difference_interval(
    successes: float, base: float, figure: Figure, assumed_base: float | None, level: float
) -> tuple[float, float]:
    """Newcombe's interval of ours minus theirs, widened by half of the last printed place."""
    z, share, published = z_of(level), successes / base, figure.share
    low, high = wilson(successes, base, z)
    their_low = their_high = published
    if assumed_base:
        their_low, their_high = wilson(published * assumed_base, assumed_base, z)
    difference = share - published
    return (
        difference - math.hypot(share - low, their_high - published) - figure.rounding,
        difference + math.hypot(high - share, published - their_low) + figure.rounding,
    )


def tipping_base(successes: float, base: float, figure: Figure, level: float) -> float | None:
    def clear(assumed: float) -> bool:
        low, high = difference_interval(successes, base, figure, assumed, level)
        return low > 0 or high < 0

    high = 1
    while not clear(high):
        high *= 2
        if high > LARGEST_TIPPING_BASE:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if clear(middle) else (middle, high)
    return float(high)


def p_value(successes: float, base: float, figure: Figure) -> float:
    return p_by_level(
        lambda level: difference_interval(successes, base, figure, figure.n, level),
        successes / base > figure.share,
    )


def p_by_level(interval: Callable[[float], tuple[float, float]], is_higher: bool) -> float:
    """One minus the level at which the interval of the difference touches zero."""

    def margin(level: float) -> float:
        low, high = interval(level)
        return low if is_higher else -high

    if margin(LEAST_LEVEL) <= 0:
        return 1.0
    if margin(MOST_LEVEL) > 0:
        return 1 - MOST_LEVEL
    return 1 - bisected(margin, LEAST_LEVEL, MOST_LEVEL)


def newcombe(share1: float, base1: float, share2: float, base2: float, z: float) -> tuple[float, float]:
    (low1, high1), (low2, high2) = wilson(share1 * base1, base1, z), wilson(share2 * base2, base2, z)
    difference = share1 - share2
    return (
        difference - math.hypot(share1 - low1, high2 - share2),
        difference + math.hypot(high1 - share1, share2 - low2),
    )


@dataclass(frozen=True)
class Group:
    """squares: of the distances from the mean, added up."""

    mean: float
    squares: float
    n: float

    def without(self, part: Group) -> Group:
        """Those of the group who are not in the part."""
        n = self.n - part.n
        mean = (self.n * self.mean - part.n * part.mean) / n
        between = part.n * (part.mean - self.mean) ** 2 + n * (mean - self.mean) ** 2
        return Group(mean, self.squares - part.squares - between, n)

    @property
    def variance(self) -> float:
        return self.squares / (self.n * (self.n - 1))


def welch(first: Group, second: Group) -> tuple[float, float, float]:
    """Difference of the means, its standard error and degrees of freedom."""
    whole = first.variance + second.variance
    parts = first.variance**2 / (first.n - 1) + second.variance**2 / (second.n - 1)
    return first.mean - second.mean, math.sqrt(whole), whole**2 / parts


def reproduction(share: float, figure: Figure) -> str:
    if figure.at_most:
        return "reproduced" if share <= figure.share else "not_reproduced"
    distance, rounding = share - figure.share, figure.rounding
    if -rounding - EXACT <= distance < rounding + EXACT:
        return "reproduced"
    is_cut = 0 <= distance < 2 * rounding or abs(distance) <= EXACT
    return "reproduced_cut" if is_cut else "not_reproduced"


def compared(ours: Ours, figure: Figure, closeness: str) -> Compared:
    share, base, level = ours.share, ours.base, ours.level
    difference = share - figure.share
    if closeness == "same_data":
        return Compared(reproduction(share, figure), difference)
    if closeness != "close" or figure.disputed:
        return Compared("not_like_for_like", difference)
    if figure.is_mean:
        return Compared("spread_unknown", difference)
    low, high = wilson(share * base, base, z_of(level))
    if base < SMALLEST_BASE or high - low >= WIDEST:
        return Compared("small_base", difference)
    if ours.much_nonresponse:
        return Compared("much_nonresponse", difference)
    outcome, low, high, within = judged(share, base, figure, level)
    p = p_value(share * base, base, figure)
    is_clear = outcome in ("higher", "lower")
    tipping = None if figure.n or not is_clear else tipping_base(share * base, base, figure, level)
    others = [judged(end, base, figure, level)[0] for end in ours.possible]
    flips = outcome != "no_clear_difference" and any(other != outcome for other in others)
    return Compared(outcome, difference, low, high, p, tipping, within and is_clear, flips)


def judged(share: float, base: float, figure: Figure, level: float) -> tuple[str, float, float, bool]:
    """The verdict, the interval of the difference, and whether it is within the margin."""
    low, high = difference_interval(share * base, base, figure, figure.n, level)
    near_low, near_high = difference_interval(share * base, base, figure, figure.n, 2 * level - 1)
    within = near_low > -MARGIN and near_high < MARGIN
    if low > 0 or high < 0:
        return "higher" if low > 0 else "lower", low, high, within
    return "about_the_same" if within else "no_clear_difference", low, high, within


def benjamini_hochberg(ps: list[float]) -> list[float]:
    order = sorted(range(len(ps)), key=lambda place: ps[place], reverse=True)
    corrected, lowest = [0.0] * len(ps), 1.0
    for rank, place in zip(range(len(ps), 0, -1), order, strict=True):
        lowest = min(lowest, ps[place] * len(ps) / rank)
        corrected[place] = lowest
    return corrected
