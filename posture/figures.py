"""Numbers to text. The only place where a number becomes something to read; half is rounded up, as people expect."""

from decimal import ROUND_HALF_UP, Decimal

MISSING = "–"
WITHHELD = "[c]"
THIN = "\u202f"
MINUS = "−"


def rounded(value: float, decimals: int = 0) -> str:
    step = Decimal(1).scaleb(-decimals)
    text = str(Decimal(repr(float(value))).quantize(step, rounding=ROUND_HALF_UP))
    return "0" if text in ("-0", "-0.0") else text.replace("-", MINUS)


def share(value: float | None) -> str:
    """0.316 is "32 %". Nobody and everybody are said only of nobody and everybody."""
    if value is None:
        return MISSING
    if 0 < value < 0.005:
        return f"<1{THIN}%"
    if 0.995 <= value < 1:
        return f">99{THIN}%"
    return f"{rounded(100 * value)}{THIN}%"


def percent(value: float | None, decimals: int = 0) -> str:
    return MISSING if value is None else f"{rounded(value, decimals)}{THIN}%"


def points(value: float | None) -> str:
    return MISSING if value is None else f"{_signed(rounded(value))} points"


def bands(value: float | None) -> str:
    return MISSING if value is None else f"{_signed(rounded(value, 1))} bands"


def _signed(text: str) -> str:
    if not text.strip("0."):
        return "0"
    return text if text.startswith(MINUS) else f"+{text}"


def figure(value: float | None, unit: str, *, is_level: bool = False) -> str:
    """A value of an estimate in its unit. `is_level`: a place on the band scale, not a difference of bands."""
    if value is None:
        return MISSING
    if unit == "bands" and is_level:
        return f"band {rounded(value, 1)}"
    formats = {"share": share, "percent": percent, "points": points, "bands": bands}
    return formats[unit](value) if unit in formats else rounded(value)


def interval(low: float | None, high: float | None, unit: str) -> str:
    if low is None or high is None:
        return ""
    factor, decimals = (100, 0) if unit == "share" else (1, 1 if unit == "bands" else 0)
    return f"{rounded(factor * low, decimals)} to {rounded(factor * high, decimals)}"


def benchmark(value: float, decimals: int, unit: str, relation: str = "equal") -> str:
    text = rounded(value, decimals)
    text = {"mean_count": text, "mean_hours": f"{text}{THIN}h"}.get(unit, f"{text}{THIN}%")
    return f"≤{THIN}{text}" if relation == "at_most" else text
