"""Large numbers as text: 3,470,000,000 as "3.47 billion" or as "3.47 × 10⁹"."""

from fractions import Fraction

from posture.charts.number_text import rounded

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
NAMES = ((12, "trillion"), (9, "billion"), (6, "million"))
LARGEST_IN_WORDS = 10**15
DIGITS = 3


def exponent_of(number: int | Fraction) -> int:
    """Returns the exponent of ten of a number of at least 1."""
    return len(str(int(number))) - 1


def in_words(number: int | Fraction) -> str:
    """Formats with three significant digits and the name of the power: "3.47 billion"; below a million as "12,300"."""
    exact = _significant(Fraction(number))
    if exact >= LARGEST_IN_WORDS:
        return in_powers(exact)
    for exponent, name in NAMES:
        if exact >= 10**exponent:
            return f"{_plain(exact / 10**exponent)} {name}"
    return _plain(exact) if exact < 1000 else f"{int(exact):,}"


def in_powers(number: int | Fraction) -> str:
    """Formats with three significant digits and a power of ten: "5.88 × 10²³"; below 1,000 without a power."""
    exact = _significant(Fraction(number))
    if exact < 1000:
        return _plain(exact)
    exponent = exponent_of(exact)
    return f"{_plain(exact / 10**exponent)} × {power_of_ten(exponent)}"


def power_of_ten(exponent: int) -> str:
    return f"10{str(exponent).translate(SUPERSCRIPTS)}"


def _significant(number: Fraction) -> Fraction:
    """Rounds to three significant digits, half up."""
    if number < 1:
        return Fraction(int(number * 1000 + Fraction(1, 2)), 1000)
    unit = Fraction(10) ** (exponent_of(number) - DIGITS + 1)
    return int(number / unit + Fraction(1, 2)) * unit


def _plain(number: Fraction) -> str:
    """Formats a number of at most three significant digits, without zeros at the end."""
    text = rounded(float(number), DIGITS - 1 if number >= 1 else DIGITS)
    return text.rstrip("0").rstrip(".") if "." in text else text
