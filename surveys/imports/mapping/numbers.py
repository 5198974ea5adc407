"""Reads whole numbers as files write them, and detects identifiers that a spreadsheet changed."""

import re
from typing import Literal

DecimalMark = Literal[".", ","]
THOUSANDS: dict[str, str] = {".": ",", ",": "."}
BLANKS_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[ \u00a0\u202f'’](?=[0-9]{3}(?:[^0-9]|$))")
WHOLE_AS_DECIMAL = re.compile(r"([0-9]+)\.0+")
ROUNDED = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+")
PATTERNS = {
    mark: re.compile(
        rf"(?P<whole>-?(?:[0-9]+|[0-9]{{1,3}}(?:{re.escape(THOUSANDS[mark])}[0-9]{{3}})+))(?:{re.escape(mark)}0*)?"
    )
    for mark in THOUSANDS
}
MAX_DIGITS = 15


def whole_number(text: str, *, decimal: DecimalMark = ".", is_percent: bool = False) -> int | None:
    """Returns the whole number, or None for any other text. A fraction is never rounded; `82 %` is a percent."""
    digits_text = text.strip()
    if is_percent:
        digits_text = digits_text.removesuffix("%").strip()
    match = PATTERNS[decimal].fullmatch(BLANKS_BETWEEN_DIGITS.sub("", digits_text))
    if match is None:
        return None
    digits = match["whole"].replace(THOUSANDS[decimal], "")
    return int(digits) if len(digits) <= MAX_DIGITS else None


def identifier(text: str) -> str | None:
    """Returns an identifier; `123.0` becomes `123`.

    Returns None for a number that a spreadsheet rounded, such as `1.26873E+10`, because several identifiers round to
    it.
    """
    if ROUNDED.fullmatch(text):
        return None
    match = WHOLE_AS_DECIMAL.fullmatch(text)
    return match[1] if match else text
