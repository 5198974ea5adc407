"""Computes the standing of an organisation among the others, as precise as the number of its peers allows. It is a
percentile from 20 peers, a quarter from 10, and below that only the side of the median, if the interval supports it.

It is computed with the scores of all organisations and published as a band. So no number about the others without one
organisation exists.
Source   METHODS.md, "Where an organisation stands".
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from posture.methods.intervals import LEVEL
from posture.methods.ranks import Rank, rank_of
from posture.methods.rounding import half_up

FOR_A_PERCENTILE, FOR_A_QUARTER = 20, 10
STEP = 5
# Means of means of the same fractions may differ in their last bits by the order of addition. Different scores differ
# by far more: their denominators are counts of items and of domains.
DECIMALS = 9

Kind = Literal["percentile", "quarter", "above", "below", "too_few"]


@dataclass(frozen=True)
class Standing:
    """band: the percentile to the nearest 5, or the quarter from 1, the lowest, to 4. low and high: the interval of
    the percentile, rounded outwards to 5. peers: rounded down to 5; 0 below ten."""

    kind: Kind
    band: int | None = None
    low: int | None = None
    high: int | None = None
    peers: int = 0


def standings(values: np.ndarray, *, level: float = LEVEL) -> dict[int, Standing]:
    """The standing of each organisation with a score among the others, by position. NaN: no score. Scores that are
    equal to nine decimals are equal."""
    values = np.round(values, DECIMALS)
    places = np.flatnonzero(~np.isnan(values))
    ordered = np.sort(values[places])
    below = np.searchsorted(ordered, values[places], side="left")
    equal = np.searchsorted(ordered, values[places], side="right") - below - 1
    peers = len(places) - 1
    return {
        int(place): standing(rank_of(int(lower), int(equals), peers, level=level))
        for place, lower, equals in zip(places, below, equal, strict=True)
    }


def standing(rank: Rank | None) -> Standing:
    """The standing of a rank. None: there are no others."""
    if rank is None:
        return Standing("too_few")
    exact = Fraction(200 * rank.below + 100 * rank.equal, 2 * rank.peers)
    peers = rank.peers - rank.peers % STEP
    if rank.peers >= FOR_A_PERCENTILE:
        low, high = int(rank.interval.low // STEP), int(-(-rank.interval.high // STEP))
        return Standing(
            "percentile", STEP * int(half_up(float(exact / STEP))), STEP * low, STEP * high, peers
        )
    if rank.peers >= FOR_A_QUARTER:
        return Standing("quarter", min(4, 1 + int(exact // 25)), peers=peers)
    if rank.interval.low > 50:
        return Standing("above")
    return Standing("below") if rank.interval.high < 50 else Standing("too_few")
