"""Wilson's, Student's and Tango's intervals for arrays of numbers, equal to those for single numbers."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from posture.methods.intervals import normal_quantile

Array = np.ndarray
TABLE_SIZE = 2000


class IntervalArrays(NamedTuple):
    low: Array
    high: Array


def wilson(share: Array, base: Array, z: Array | float) -> IntervalArrays:
    """Ends of the interval of each share at the quantile z, both in 0-1.

    Missing  NaN where the base is 0 or NaN.
    Source   Wilson (1927), as `intervals.wilson_at`.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        squared = z * z / base
        middle = share + squared / 2
        half_width = np.sqrt(share * (1 - share) / base + squared / base / 4)
        half_width *= z
        divisor = 1 + squared
        low, high = (middle - half_width) / divisor, (middle + half_width) / divisor
    low[share == 0] = 0.0
    high[share == 1] = 1.0
    return IntervalArrays(np.maximum(low, 0.0), np.minimum(high, 1.0))


def t_quantiles(df: Array, level: float) -> Array:
    """Quantiles of Student's t of the two-sided level at whole degrees of freedom; NaN below 1.

    Source   a table up to 2,000; above it the expansion in 1/df, which is exact to the last digits there: Abramowitz
             and Stegun (1964), 26.7.5.
    """
    table = _t_table(level)
    df = np.asarray(df)
    quantiles = table[np.clip(df, 0, TABLE_SIZE).astype(np.int64)]
    large = df > TABLE_SIZE
    if large.any():
        quantiles[large] = _t_expansion(df[large].astype(float), normal_quantile(level))
    return quantiles


@lru_cache(maxsize=16)
def _t_table(level: float) -> Array:
    normal_quantile(level)
    table = np.full(TABLE_SIZE + 1, np.nan)
    table[1:] = stdtrit(np.arange(1, TABLE_SIZE + 1), (1 + level) / 2)
    return table


def _t_expansion(df: Array, z: float) -> Array:
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return np.polynomial.polynomial.polyval(1 / df, terms)


TANGO_STEPS = 60


def tango(base: Array, first_only: Array, second_only: Array, level: float) -> IntervalArrays:
    """Ends of the interval of (first_only - second_only) / base for paired yes or no, by bisection.

    Missing  NaN where the base is 0.
    Source   Tango (1998), as `intervals.tango`.
    """
    z = normal_quantile(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = (first_only - second_only) / base
    ends = []
    for sign in (-1.0, 1.0):
        inner, outer = difference.copy(), np.full(difference.shape, sign)
        reaches = -sign * _tango_score(sign * (1 - 1e-12), base, first_only, second_only) < z
        for _ in range(TANGO_STEPS):
            midpoint = (inner + outer) / 2
            is_inside = -sign * _tango_score(midpoint, base, first_only, second_only) < z
            inner, outer = np.where(is_inside, midpoint, inner), np.where(is_inside, outer, midpoint)
        end = np.where(reaches, sign, (inner + outer) / 2)
        ends.append(np.where(base > 0, end, np.nan))
    return IntervalArrays(*ends)


def _tango_score(delta: Array | float, base: Array, first_only: Array, second_only: Array) -> Array:
    linear = -first_only - second_only + (2 * base - first_only + second_only) * delta
    constant = -second_only * delta * (1 - delta)
    root = np.sqrt(np.maximum(0.0, linear * linear - 8 * base * constant))
    with np.errstate(divide="ignore", invalid="ignore"):
        second_share = (root - linear) / (4 * base)
        variance = base * (2 * second_share + delta * (1 - delta))
        distance = first_only - second_only - base * delta
        score = distance / np.sqrt(np.maximum(variance, 0.0))
    limit_score = np.where(np.abs(distance) < 1e-12, 0.0, np.copysign(np.inf, distance))
    return np.where(variance > 0, score, limit_score)
