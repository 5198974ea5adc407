"""Derives the count behind the end of a Wilson interval: the interval of a range reveals both ends of the range."""

import math
from collections.abc import Iterator
from statistics import NormalDist

NEAR = 1e-7
MOST_LEFT_OUT = 3


def count_behind(limit: float, base: int, *, level: float, is_low: bool) -> int | None:
    """Returns the count x of which `limit` is the lower or upper Wilson limit. The published base may lack up to three
    organisations that were left out of it. None where no count has this limit.

    From |x/n - L| = z sqrt(L (1 - L) / n).  Source: Wilson (1927).
    """
    quantile = NormalDist().inv_cdf((1 + level) / 2)
    for size in range(base, base + MOST_LEFT_OUT + 1):
        reach = quantile * math.sqrt(limit * (1 - limit) / size)
        count = (limit + reach if is_low else limit - reach) * size
        if abs(count - round(count)) < NEAR * size and 0 <= round(count) <= size:
            return round(count)
    return None


def ends(
    low: float | None, high: float | None, base: float | None, level: float
) -> Iterator[tuple[str, int]]:
    """Yields the ends "least" and "most" with their counts, as far as the interval reveals them."""
    if not base:
        return
    for name, limit, is_low in (("least", low, True), ("most", high, False)):
        if limit is not None and 0 < limit < 1:
            count = count_behind(limit, int(base), level=level, is_low=is_low)
            if count is not None:
                yield name, count
