"""Computes the p-value of an interval from the level at which the interval touches zero."""

from collections.abc import Callable

from scipy.optimize import brentq

from posture.methods.intervals import Interval

LOWEST_LEVEL, HIGHEST_LEVEL = 1e-9, 1 - 1e-12


def p_by_inversion(difference: float, interval: Callable[[float], Interval]) -> float:
    """Two-sided p-value of a true difference of zero: one minus the level at which `interval` touches zero.

    interval  of the difference at a given level; wider at a higher level
    """

    def margin(level: float) -> float:
        at_level = interval(level)
        return at_level.low if difference > 0 else -at_level.high

    if margin(LOWEST_LEVEL) <= 0:
        return 1.0
    if margin(HIGHEST_LEVEL) > 0:
        return 1 - HIGHEST_LEVEL
    return 1 - float(brentq(margin, LOWEST_LEVEL, HIGHEST_LEVEL))
