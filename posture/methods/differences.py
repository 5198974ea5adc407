"""Intervals and tests of the difference of two shares: of independent groups, and of the two items of a pair."""

import math
from collections.abc import Callable

from scipy.optimize import brentq
from scipy.special import bdtr, chdtrc

from posture.methods.intervals import LEVEL, Interval, newcombe, normal_quantile, wilson

TwoCounts = tuple[int, int, int, int]


def newcombe_hybrid(x1: int, n1: int, x2: int, n2: int, *, level: float = LEVEL) -> Interval:
    """Newcombe's hybrid score interval. Raises ValueError for an empty group. Source: Newcombe (1998), method 10."""
    first, second = wilson(x1, n1, level=level), wilson(x2, n2, level=level)
    if first is None or second is None:
        raise ValueError("a difference needs two groups that are not empty")
    return newcombe(x1 / n1, first, x2 / n2, second)


def mee(x1: int, n1: int, x2: int, n2: int, *, level: float = LEVEL) -> Interval:
    """The score interval. Source: Mee (1984)."""
    return _score_interval((x1, n1, x2, n2), 1.0, level)


def miettinen_nurminen(x1: int, n1: int, x2: int, n2: int, *, level: float = LEVEL) -> Interval:
    """The score interval with the variance of a sample. Source: Miettinen and Nurminen (1985)."""
    return _score_interval((x1, n1, x2, n2), (n1 + n2) / (n1 + n2 - 1), level)


def agresti_caffo(x1: int, n1: int, x2: int, n2: int, *, level: float = LEVEL) -> Interval:
    """Wald after adding one yes and one no to each group, cut at -1 and 1. Source: Agresti and Caffo (2000)."""
    z = normal_quantile(level)
    p1, p2 = (x1 + 1) / (n1 + 2), (x2 + 1) / (n2 + 2)
    reach = z * math.sqrt(p1 * (1 - p1) / (n1 + 2) + p2 * (1 - p2) / (n2 + 2))
    return Interval(max(-1.0, p1 - p2 - reach), min(1.0, p1 - p2 + reach))


def _score_interval(counts: TwoCounts, inflation: float, level: float) -> Interval:
    x1, n1, x2, n2 = counts
    difference, z = x1 / n1 - x2 / n2, normal_quantile(level)

    def excess(delta: float) -> float:
        variance = inflation * _restricted_variance(counts, delta)
        distance = abs(difference - delta)
        return distance / math.sqrt(variance) - z if variance > 0 else (-z if distance == 0 else 1e9)

    return Interval(_limit(excess, difference, -1.0), _limit(excess, difference, 1.0))


def _limit(excess: Callable[[float], float], start: float, end: float) -> float:
    if start == end or excess(end) < 0:
        return end
    return float(brentq(excess, start, end, xtol=1e-14, rtol=1e-14))


def _restricted_variance(counts: TwoCounts, delta: float) -> float:
    """The variance with the most likely shares among those that differ by delta."""
    _, n1, _, n2 = counts
    lowest, highest = max(0.0, delta), min(1.0, 1.0 + delta)
    p1 = min(max(_restricted_share(counts, delta), lowest), highest)
    p2 = min(max(p1 - delta, 0.0), 1.0)
    return p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2


def _restricted_share(counts: TwoCounts, delta: float) -> float:
    """The root of the cubic of the likelihood, by angles. Source: Miettinen and Nurminen (1985), appendix."""
    x1, n1, x2, n2 = counts
    share1, share2, ratio = x1 / n1, x2 / n2, n2 / n1
    a = 1 + ratio
    b = -(1 + ratio + share1 + ratio * share2 + delta * (ratio + 2))
    c = delta * delta + delta * (2 * share1 + ratio + 1) + share1 + ratio * share2
    d = -share1 * delta * (1 + delta)
    v = (b / (3 * a)) ** 3 - b * c / (6 * a * a) + d / (2 * a)
    u = math.copysign(math.sqrt(max(0.0, (b / (3 * a)) ** 2 - c / (3 * a))), v)
    angle = (math.pi + math.acos(min(1.0, max(-1.0, v / u**3)))) / 3 if u else math.pi / 2
    return 2 * u * math.cos(angle) - b / (3 * a)


def newcombe_paired(
    both: int, first_only: int, second_only: int, neither: int, *, level: float = LEVEL
) -> Interval:
    """Interval of a paired difference, from the Wilson intervals of both shares and their correlation, corrected for
    continuity.

    Source   Newcombe (1998b), method 10.
    """
    base = both + first_only + second_only + neither
    first, second = (
        wilson(both + first_only, base, level=level),
        wilson(both + second_only, base, level=level),
    )
    if first is None or second is None:
        raise ValueError("a difference needs a pair")
    share1, share2 = (both + first_only) / base, (both + second_only) / base
    phi = _phi(both, first_only, second_only, neither)
    below1, above1 = share1 - first.low, first.high - share1
    below2, above2 = share2 - second.low, second.high - share2
    difference = (first_only - second_only) / base
    return Interval(
        difference - math.sqrt(below1**2 - 2 * phi * below1 * above2 + above2**2),
        difference + math.sqrt(below2**2 - 2 * phi * below2 * above1 + above1**2),
    )


def _phi(both: int, first_only: int, second_only: int, neither: int) -> float:
    product = (both + first_only) * (second_only + neither) * (both + second_only) * (first_only + neither)
    if product == 0:
        return 0.0
    excess = both * neither - first_only * second_only
    corrected = max(0.0, excess - (both + first_only + second_only + neither) / 2) if excess > 0 else excess
    return corrected / math.sqrt(product)


def mcnemar_exact(first_only: int, second_only: int) -> float:
    """Two-sided exact p-value; 1.0 without a discordant pair. It is too conservative to decide a verdict."""
    return float(min(1.0, 2 * bdtr(min(first_only, second_only), first_only + second_only, 0.5)))


def mcnemar_asymptotic(first_only: int, second_only: int, *, corrected: bool = False) -> float | None:
    """P-value of chi-squared with one degree of freedom; None without a discordant pair."""
    discordant = first_only + second_only
    if discordant == 0:
        return None
    distance = abs(first_only - second_only) - (1 if corrected else 0)
    return float(chdtrc(1, max(0, distance) ** 2 / discordant))


INDEPENDENT: dict[str, Callable[..., Interval]] = {
    "newcombe": newcombe_hybrid,
    "mee": mee,
    "miettinen_nurminen": miettinen_nurminen,
    "agresti_caffo_clipped": agresti_caffo,
}
