"""Computes the smallest difference from a published share that a cohort of a given size can detect."""

import math
from statistics import NormalDist
from typing import Literal

from scipy.optimize import brentq

Direction = Literal["below", "above"]


def detectable_difference(
    published: float,
    base: float,
    published_base: float | None,
    *,
    alpha: float = 0.05,
    power: float = 0.8,
    direction: Direction,
) -> float | None:
    """Smallest true difference, signed, that a two-sided test detects with the given power; None where no share
    reaches it. `published_base` None: the published figure is taken as fixed.

    Source   the two-sample normal approximation of Fleiss (1981), as R's power.prop.test for equal groups.
    """
    z_test, z_power = NormalDist().inv_cdf(1 - alpha / 2), NormalDist().inv_cdf(power)

    def excess(share: float) -> float:
        pooled, unpooled = _spreads(share, base, published, published_base)
        return abs(share - published) - z_test * math.sqrt(pooled) - z_power * math.sqrt(unpooled)

    end = 0.0 if direction == "below" else 1.0
    if published == end or excess(end) < 0:
        return None
    return float(brentq(excess, published, end, xtol=1e-13)) - published


def _spreads(
    share: float, base: float, published: float, published_base: float | None
) -> tuple[float, float]:
    """Variance of the difference if the true difference is zero, and if it is this one."""
    if published_base is None:
        return published * (1 - published) / base, share * (1 - share) / base
    pooled = (base * share + published_base * published) / (base + published_base)
    return (
        pooled * (1 - pooled) * (1 / base + 1 / published_base),
        share * (1 - share) / base + published * (1 - published) / published_base,
    )
