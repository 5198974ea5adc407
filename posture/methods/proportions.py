"""Intervals of one share from a count other than Wilson's, for reports that require another one."""

import math
from collections.abc import Callable

from scipy.special import betaincinv

from posture.methods.intervals import LEVEL, Interval, normal_quantile, wilson

CountInterval = Callable[..., Interval | None]


def clopper_pearson(successes: float, base: float, *, level: float = LEVEL) -> Interval | None:
    """The exact interval, wider than its level says; takes an effective base. None for base 0.

    Source   Clopper and Pearson (1934).
    """
    if base == 0:
        return None
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else float(betaincinv(successes, base - successes + 1, tail))
    high = 1.0 if successes == base else float(betaincinv(successes + 1, base - successes, 1 - tail))
    return Interval(low, high)


def agresti_coull(successes: float, base: float, *, level: float = LEVEL) -> Interval | None:
    """The Agresti-Coull interval, cut at 0 and 1, which it can exceed. None for base 0.

    Source   Agresti and Coull (1998).
    """
    if base == 0:
        return None
    z = normal_quantile(level)
    enlarged = base + z * z
    middle = (successes + z * z / 2) / enlarged
    reach = z * math.sqrt(middle * (1 - middle) / enlarged)
    return Interval(max(0.0, middle - reach), min(1.0, middle + reach))


def jeffreys_raw(successes: float, base: float, *, level: float = LEVEL) -> Interval | None:
    """The Jeffreys interval: equal tails of Beta(successes + ½, base - successes + ½). None for base 0."""
    return _beta_tails(successes, base, 0.5, level)


def jeffreys(successes: float, base: float, *, level: float = LEVEL) -> Interval | None:
    """The Jeffreys interval with 0 and 1 as ends where none or all said yes.

    Source   Brown, Cai and DasGupta (2001).
    """
    interval = jeffreys_raw(successes, base, level=level)
    if interval is None:
        return None
    return Interval(0.0 if successes == 0 else interval.low, 1.0 if successes == base else interval.high)


def uniform_bayes(successes: float, base: float, *, level: float = LEVEL) -> Interval | None:
    """The interval with a uniform prior: equal tails of Beta(successes + 1, base - successes + 1). None for base 0."""
    return _beta_tails(successes, base, 1.0, level)


def _beta_tails(successes: float, base: float, prior: float, level: float) -> Interval | None:
    if base == 0:
        return None
    tail = (1 - level) / 2
    shape = (successes + prior, base - successes + prior)
    return Interval(float(betaincinv(*shape, tail)), float(betaincinv(*shape, 1 - tail)))


INTERVALS: dict[str, CountInterval] = {
    "wilson": wilson,
    "clopper_pearson": clopper_pearson,
    "agresti_coull_clipped": agresti_coull,
    "jeffreys_raw": jeffreys_raw,
    "jeffreys": jeffreys,
    "bayes_uniform": uniform_bayes,
}
