"""Writes rows as CSV. This is the only writer of CSV; XLSX takes its texts from `cell` as well.

Numbers keep all digits, a missing value is an empty cell, and the bytes are the same on all machines. No text is run
as a formula by a spreadsheet.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

# Characters that a spreadsheet may skip before a formula: blanks, control characters and invisible characters.
BLANK = (
    r"[\s\x00-\x20\x7f-\xa0\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064"
    r"\u3164\ufeff\ufff9-\ufffb]"
)
STARTS = r"[=+\-@＝＋－＠﹢﹣﹦﹫⁺⁻⁼₊₋₌﬩]"
DANGEROUS = re.compile(rf"\A'*(?:[\t\r\n\x00]|{BLANK}*{STARTS})")
LINES_PER_CHUNK = 500
NUMBER = re.compile(r"[-+]?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,3})?")


def cell(value: object) -> object:
    """Prefixes ' to a text that a spreadsheet would run as a formula. Numbers stay as they are, also as text."""
    if not isinstance(value, str) or not DANGEROUS.match(value) or NUMBER.fullmatch(value):
        return value
    return f"'{value}"


def text_of_cell(text: str) -> str:
    """Reverses `cell`, so that a table written by this module can be read again."""
    return text[1:] if text.startswith("'") and DANGEROUS.match(text[1:]) else text


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    return "".join(csv_chunks(header, rows))


def csv_chunks(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yields the CSV in parts of about 500 lines, for responses that are streamed."""
    buffer = _LineBuffer()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(map(cell, header))
    for row in rows:
        writer.writerow(map(cell, row))
        if len(buffer.lines) >= LINES_PER_CHUNK:
            yield buffer.pop_text()
    yield buffer.pop_text()


class _LineBuffer:
    """Collects the lines of a CSV writer, with `\\n` at the end of each.

    The writer quotes cells that contain a character of its line end. So its line end is `\\r\\n`, and `\\r` is removed
    here.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, line: str) -> int:
        self.lines.append(f"{line[:-2]}\n")
        return len(line)

    def pop_text(self) -> str:
        text = "".join(self.lines)
        self.lines.clear()
        return text
