"""Finite-population correction: reduces the uncertainty of a number if the sample is a large part of its population.

Source   W. G. Cochran, Sampling Techniques, 3rd edition (1977), sections 2.6 and 3.2; METHODS.md, "Finite
         population".
"""

import math

from posture.methods.intervals import Interval, wilson_at


def corrected_se(se: float, fraction: float) -> float:
    """Standard error of a mean, or of a difference of two, times the square root of 1 - fraction.

    Input    fraction: the sampling fraction, above 0 and at most 1.
    Raises   ValueError for another fraction.
    Source   Cochran (1977), equation 2.20.
    """
    return se * math.sqrt(1 - _checked(fraction))


def effective_base(base: float, fraction: float) -> float:
    """The number of organisations of an infinite population that would give the same variance of a share: n(N - 1)/(N
    - n) with N = base / fraction. Infinite for a fraction of 1.

    Raises   ValueError for a fraction that is not above 0 and at most 1, or a base below 1.
    Source   Cochran (1977), equation 3.4.
    """
    if base < 1:
        raise ValueError("a base is 1 or more")
    if _checked(fraction) == 1:
        return math.inf
    population = base / fraction
    return base * (population - 1) / (population - base)


def wilson_on(share: float, base: float, z: float) -> Interval:
    """Wilson's interval of a share on an effective base that may be infinite; both ends are then the share."""
    if math.isinf(base):
        return Interval(share, share)
    interval = wilson_at(min(share * base, base), base, z)
    if interval is None:
        raise ValueError("a share has a base")
    return interval


def _checked(fraction: float) -> float:
    if not 0 < fraction <= 1:
        raise ValueError(f"a sampling fraction lies above 0 and is at most 1, not {fraction}")
    return fraction
