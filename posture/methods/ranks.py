"""Computes the rank of one organisation among the others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from posture.methods.intervals import LEVEL, Interval, wilson


@dataclass(frozen=True)
class Rank:
    """A rank. percentile and interval in 0-100; below and equal count the others."""

    percentile: float
    interval: Interval
    below: int
    equal: int
    peers: int


def midrank(score: float, peers: Sequence[float], *, level: float = LEVEL) -> Rank | None:
    """Share of the others below, ties counted half, with Wilson's interval. `peers` without the own score.

    Missing  None without peers.
    """
    below, equal = sum(peer < score for peer in peers), sum(peer == score for peer in peers)
    return rank_of(below, equal, len(peers), level=level)


def rank_of(below: int, equal: int, peers: int, *, level: float = LEVEL) -> Rank | None:
    """The rank from the numbers of others that are below and that are equal."""
    successes = below + equal / 2
    interval = wilson(successes, peers, level=level)
    if interval is None:
        return None
    return Rank(100 * successes / peers, interval.times(100), below, equal, peers)


def quartiles(scores: Sequence[float]) -> tuple[float, float, float]:
    """Quartiles of type 7, as in R, numpy and QUARTILE.INC of spreadsheets."""
    first, second, third = np.quantile(np.asarray(scores, dtype=float), (0.25, 0.5, 0.75))
    return float(first), float(second), float(third)


def quartiles_exclusive(scores: Sequence[float]) -> tuple[float, float, float]:
    """Quartiles of type 6, as in QUARTILE.EXC of spreadsheets."""
    quantiles = np.quantile(np.asarray(scores, dtype=float), (0.25, 0.5, 0.75), method="weibull")
    return float(quantiles[0]), float(quantiles[1]), float(quantiles[2])
