"""Tango's interval where the table of a pair is known only within limits."""

import numpy as np

from posture.methods.arrays import tango
from posture.methods.intervals import LEVEL, Interval

Limits = tuple[int, int]


def tango_over_tables(
    first_only: Limits, second_only: Limits, difference: Limits, base: int, *, level: float = LEVEL
) -> Interval | None:
    """Union of Tango's intervals of (first_only - second_only) / base over all tables within the limits, in -1 to 1.

    Input    lowest and highest count of organisations with yes only in the first item, of those only in the second,
             and of the first minus the second; counts of organisations.
    Missing  None where no table is within the limits.
    Source   Tango (1998). For one difference the interval is wider if more organisations differ, so for each
             difference only the table with most of them is needed.
    """
    differences = np.arange(max(difference[0], -base), min(difference[1], base) + 1)
    most = np.minimum.reduce(
        [
            np.full(len(differences), first_only[1]),
            differences + second_only[1],
            (base + differences) // 2,
        ]
    )
    least = np.maximum.reduce(
        [
            np.full(len(differences), max(0, first_only[0])),
            differences + max(0, second_only[0]),
        ]
    )
    is_possible = least <= most
    if base <= 0 or not is_possible.any():
        return None
    most, differences = most[is_possible], differences[is_possible]
    ends = tango(
        np.full(len(most), float(base)), most.astype(float), (most - differences).astype(float), level
    )
    return Interval(float(ends.low.min()), float(ends.high.max()))
