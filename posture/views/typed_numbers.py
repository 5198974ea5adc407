"""Reads whole numbers as people type them: 7e9, 7B, 15T, 1 200, 1,200, 3.5 billion."""

import re
from decimal import Decimal

from django.utils.translation import gettext as _

LONGEST = 40
LARGEST_EXPONENT = 30
POWERS = {
    "": 0,
    "k": 3, "thousand": 3,
    "m": 6, "million": 6,
    "b": 9, "g": 9, "bn": 9, "billion": 9,
    "t": 12, "tn": 12, "trillion": 12,
}  # fmt: skip
SPACES = re.compile(r"[\s'’_]+")
POWER_OF_TEN = re.compile(r"[x×*]10\^?(?=\+?\d)")
THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?![\d,])")
NUMBER = re.compile(r"(?P<digits>\d+(?:\.\d*)?|\.\d+)(?:e\+?(?P<exponent>\d{1,3}))?(?P<unit>[a-z]*)")


def whole_number(text: str) -> int:
    """Returns the number. Raises ValueError with a sentence for the person who typed it."""
    if not text.strip():
        raise ValueError(_("Enter a number, for example 7B or 7e9."))
    if len(text) > LONGEST:
        raise ValueError(_("Enter a number of at most {longest} characters.").format(longest=LONGEST))
    compact = SPACES.sub("", text).casefold()
    if compact.startswith(("-", "−")):
        raise ValueError(_("Enter a number that is not negative."))
    compact = POWER_OF_TEN.sub("e", compact)
    grouped = THOUSANDS.match(compact)
    if grouped:
        compact = grouped.group().replace(",", "") + compact[grouped.end() :]
    if "," in compact:
        raise ValueError(_("Write decimals with a point and thousands with a space: 1.5B or 1 500."))
    match = NUMBER.fullmatch(compact)
    if match is None or match["unit"] not in POWERS or not match.group().isascii():
        raise ValueError(
            _("This is not a number. Write it as 7000000000, 7e9 or 7B; K, M, B and T are allowed.")
        )
    return _whole(match)


def _whole(match: re.Match[str]) -> int:
    exponent = int(match["exponent"] or 0) + POWERS[match["unit"]]
    if exponent > LARGEST_EXPONENT:
        raise ValueError(_("This number is too large."))
    number = Decimal(match["digits"]).scaleb(exponent)
    if number != number.to_integral_value():
        raise ValueError(_("Enter a whole number."))
    return int(number)
