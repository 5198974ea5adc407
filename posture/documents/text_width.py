"""Widths of texts in the font of the documents, and line breaks that follow from them."""

from functools import cache, lru_cache
from pathlib import Path

from PIL import ImageFont

FONTS = Path(__file__).parent / "fonts"
FAMILY = "Inter"
REGULAR, BOLD = FONTS / "Inter-Regular.otf", FONTS / "Inter-Bold.otf"
MEASURED_SIZE = 100
ELLIPSIS = "…"


@cache
def _font(file: Path) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(file), MEASURED_SIZE, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=4096)
def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Returns the width of a line in pixels."""
    return float(_font(BOLD if bold else REGULAR).getlength(text)) * size / MEASURED_SIZE


def wrapped(text: str, size: float, width: float, *, lines: int = 2, bold: bool = False) -> list[str]:
    """Breaks a text at spaces and hyphens into lines of at most this width. A longer word is broken inside. The last
    line ends in an ellipsis if the text has more lines."""
    rows = [""]
    for word in _pieces(text, size, width, bold=bold):
        space = "" if rows[-1].endswith("-") else " "
        longer = f"{rows[-1]}{space}{word}".lstrip(" ")
        if width_of(longer, size, bold=bold) <= width:
            rows[-1] = longer
        else:
            rows.append(word)
    rows = [line for line in rows if line] or [""]
    if len(rows) <= lines:
        return rows
    return [*rows[: lines - 1], _shortened(rows[lines - 1], size, width, bold=bold)]


def _pieces(text: str, size: float, width: float, *, bold: bool) -> list[str]:
    """Returns the words; a word that is wider than a line in pieces. A thin space joins a number with its unit."""
    pieces: list[str] = []
    for word in text.replace("-", "- ").split(" "):
        rest = word
        while len(rest) > 1 and width_of(rest, size, bold=bold) > width:
            end = len(rest) - 1
            while end > 1 and width_of(rest[:end], size, bold=bold) > width:
                end -= 1
            pieces.append(rest[:end])
            rest = rest[end:]
        pieces.append(rest)
    return pieces


def _shortened(line: str, size: float, width: float, *, bold: bool) -> str:
    while line and width_of(f"{line}{ELLIPSIS}", size, bold=bold) > width:
        line = line[:-1]
    return f"{line.rstrip()}{ELLIPSIS}"
