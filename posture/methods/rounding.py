"""Rounds the exact decimal number, half up. Python, numpy and pandas round half to even."""

from decimal import ROUND_FLOOR, Decimal


def half_up(value: float | Decimal, decimals: int = 0) -> Decimal:
    """Rounds half up, also negative numbers: 2.5 is 3 and -2.5 is -2. A float counts as its shortest decimal
    representation, so 28.5 percent does not become 28.499999999999996."""
    step = Decimal(1).scaleb(-decimals)
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return ((exact / step + Decimal("0.5")).to_integral_value(ROUND_FLOOR) * step).quantize(step)
