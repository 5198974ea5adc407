"""Converts numbers to text, for all pages and documents; half is rounded up, as readers expect."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from posture.methods.rounding import half_up

MISSING = "–"
WITHHELD = "[c]"
THIN = "\u202f"
MINUS = "−"


def rounded(value: float | Decimal, decimals: int = 0) -> str:
    text = str(half_up(value, decimals))
    return "0" if text in ("-0", "-0.0") else text.replace("-", MINUS)


def percent_of(share: float) -> Decimal:
    """100 times the decimal representation of the share, because 100 * 0.285 is 28.499999999999996."""
    return 100 * Decimal(repr(float(share)))


def share(value: float | None, decimals: int = 0) -> str:
    """Formats a share: 0.316 is "32 %". Only a share of none is 0 %, and only a share of all is 100 %."""
    if value is None:
        return MISSING
    if not decimals and 0 < value < 0.005:
        return f"<1{THIN}%"
    if not decimals and 0.995 <= value < 1:
        return f">99{THIN}%"
    return f"{rounded(percent_of(value), decimals)}{THIN}%"


def adding_to_100(counts: Sequence[int]) -> list[int]:
    """Whole percents that add up to 100, by largest remainder, ties to the earlier one; for labels inside a bar
    only."""
    base = sum(counts)
    floors = [100 * count // base for count in counts]
    by_remainder = sorted(range(len(counts)), key=lambda index: -(100 * counts[index] % base))
    for index in by_remainder[: 100 - sum(floors)]:
        floors[index] += 1
    return floors


def percent(value: float | None, decimals: int = 0) -> str:
    return MISSING if value is None else f"{rounded(value, decimals)}{THIN}%"


def level(value: float) -> str:
    """Formats the level of intervals: 0.95 is "95 %"."""
    return f"{rounded(percent_of(value))}{THIN}%"


def points(value: float | None) -> str:
    return MISSING if value is None else f"{_signed(rounded(value))} points"


def bands(value: float | None) -> str:
    return MISSING if value is None else f"{_signed(rounded(value, 1))} bands"


def whole_bands(value: float) -> str:
    """Formats a median of bands: "+1 band", "−2 bands"."""
    return f"{_signed(rounded(value))} band{'' if abs(value) == 1 else 's'}"


def p_value(value: float) -> str:
    return f"p{THIN}≤{THIN}0.001" if value <= 0.001 else f"p{THIN}={THIN}{rounded(value, 3)}"


def _signed(text: str) -> str:
    if not text.strip("0."):
        return "0"
    return text if text.startswith(MINUS) else f"+{text}"


def figure(value: float | None, unit: str, *, is_level: bool = False) -> str:
    """Formats a value of an estimate in its unit. `is_level`: a position on the band scale, not a difference of
    bands."""
    if value is None:
        return MISSING
    if unit == "bands" and is_level:
        return f"band {rounded(value, 1)}"
    if unit == "band":
        return f"band {rounded(value)}"
    formats = {"share": share, "percent": percent, "points": points, "bands": bands}
    return formats[unit](value) if unit in formats else rounded(value)


BOUNDS = {"at_most": ("≤", ROUND_CEILING), "at_least": ("≥", ROUND_FLOOR)}


def bounded(value: float | None, unit: str, bound: str, *, is_level: bool = False) -> str:
    """Formats a value like `figure`. A bound is rounded so that it remains true: ≤ 4.2 % is ≤ 5 %."""
    if value is None or not bound:
        return figure(value, unit, is_level=is_level)
    sign, rounding = BOUNDS[bound]
    step = Decimal("0.01") if unit == "share" else Decimal("0.1") if unit == "bands" else Decimal(1)
    exact = Decimal(repr(round(float(value), 9)))
    rounded_value = float(exact.quantize(step, rounding=rounding))
    return f"{sign}{THIN}{figure(rounded_value, unit, is_level=is_level)}"


def interval(low: float | None, high: float | None, unit: str) -> str:
    if low is None or high is None:
        return ""
    if unit == "share":
        return f"{rounded(percent_of(low))} to {rounded(percent_of(high))}"
    decimals = 1 if unit == "bands" else 0
    return f"{rounded(low, decimals)} to {rounded(high, decimals)}"


def benchmark(value: float, decimals: int, unit: str, relation: str = "equal") -> str:
    text = rounded(value, decimals)
    text = {"mean_count": text, "mean_hours": f"{text}{THIN}h"}.get(unit, f"{text}{THIN}%")
    return f"≤{THIN}{text}" if relation == "at_most" else text
