"""Possible values of a share: whether a printed percent can come from a base, and the ends without missing answers."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal


def possible_counts(percent: Decimal, base: int) -> list[int]:
    """Counts x for which 100·x/base rounds to the printed percent, half either way. Empty if the percent is
    impossible.

    Raises   ValueError for a base below 1.
    Source   the GRIM check of Brown and Heathers (2017).
    """
    if base < 1:
        raise ValueError("a base is 1 or more")
    half = Decimal(1).scaleb(int(percent.as_tuple().exponent)) / 2
    lowest = ((percent - half) * base / 100).to_integral_value(ROUND_CEILING)
    highest = ((percent + half) * base / 100).to_integral_value(ROUND_FLOOR)
    return list(range(max(0, int(lowest)), min(base, int(highest)) + 1))


def lowest_and_highest(successes: float, missing: float, asked: float) -> tuple[float, float]:
    """The share if all organisations without a substantive answer had said no, and if all had said yes.

    Input    `asked` counts the missing too.
    Raises   ValueError for a base of 0.
    Source   Manski (1995).
    """
    if asked <= 0:
        raise ValueError("nobody was asked")
    return successes / asked, (successes + missing) / asked
