"""Where an organisation stands among the others, as coarse as its peers allow: a percentile from 20 of them, a quarter
from 10, below that only the side of the median, and only where the interval says so.

It is worked out with everybody's scores and told as a band, so no number about "the others without me" exists.
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
# Means of means of the same fractions may differ in their last bits by the order in which they were added. Different
# scores lie much further apart: their denominators are counts of items and of domains.
DECIMALS = 9

Kind = Literal["percentile", "quarter", "above", "below", "too_few"]


@dataclass(frozen=True)
class Standing:
    """band: the percentile to the nearest 5, or the quarter from 1, the lowest, to 4. low and high belong to the
    percentile, to the 5 outside. peers: rounded down to 5; 0 below ten."""

    kind: Kind
    band: int | None = None
    low: int | None = None
    high: int | None = None
    peers: int = 0


def standings(values: np.ndarray, *, level: float = LEVEL) -> dict[int, Standing]:
    """Of everybody with a score, by place, among the others. NaN: no score. Equal to nine decimals is equal."""
    values = np.round(values, DECIMALS)
    places = np.flatnonzero(~np.isnan(values))
    ordered = np.sort(values[places])
    below = np.searchsorted(ordered, values[places], side="left")
    equal = np.searchsorted(ordered, values[places], side="right") - below - 1
    peers = len(places) - 1
    return {
        int(place): standing(rank_of(int(under), int(same), peers, level=level))
        for place, under, same in zip(places, below, equal, strict=True)
    }


def standing(rank: Rank | None) -> Standing:
    """None: nobody to stand among."""
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
