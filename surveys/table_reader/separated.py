"""Rows of a CSV file: which characters its bytes are, and what separates its cells."""

import codecs
import csv
import io
from collections.abc import Iterator

from surveys.table_reader.bounds import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, Refused

# Known before the process is confined, because each is a file of its own.
for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"):
    codecs.lookup(encoding)

BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
SAMPLE = 2_000
SEPARATORS = ",;\t"
GUESSED = "The file is not UTF-8; its letters were read as Windows-1252. Check names with accents."


def text_of(content: bytes) -> tuple[str, list[str]]:
    """The text, and what was assumed. Raises Refused."""
    for bom, encoding in BOMS:
        if content.startswith(bom):
            return _decoded(content, encoding), []
    if wide := _wide(content[:SAMPLE]):
        return _decoded(content, wide), []
    if b"\0" in content:
        raise Refused("The file is no text. Save the table as CSV in UTF-8, or as XLSX.")
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError:
        return _decoded(content, "cp1252"), [GUESSED]


def _wide(sample: bytes) -> str:
    """UTF-16 without its mark: half of the bytes of Latin text are zero, and always the same half."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) < len(sample) // 5:
        return ""
    return "utf-16-le" if odd > 4 * even else "utf-16-be" if even > 4 * odd else ""


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Refused(f"The bytes in line {line} are no text. Save the table as CSV in UTF-8.") from error


def rows_of_text(text: str) -> Iterator[tuple[int, list[str]]]:
    """Line of the row's beginning, and its cells; empty lines are no rows. Raises Refused."""
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    line, rows = 0, 0
    try:
        for cells in reader:
            if len(cells) > MOST_COLUMNS:
                raise Refused(f"Line {line + 1} has more than {MOST_COLUMNS} columns.")
            if cells:
                rows += 1
                yield line + 1, cells
            if rows > MOST_ROWS:
                raise Refused(f"The table has more than {MOST_ROWS:,} rows.")
            line = reader.line_num
    except csv.Error as error:
        is_long = "field larger" in str(error)
        what = f"a cell of more than {LONGEST_CELL:,} characters" if is_long else "quotes that do not match"
        raise Refused(f"After line {line} there is {what}.") from error


def _separator(text: str) -> str:
    """The one that the first line holds most of, outside of quotes."""
    first = text[: SAMPLE * 10].lstrip("\ufeff").split("\n", 1)[0]
    plain = "".join(first.split('"')[0::2])
    return max(SEPARATORS, key=plain.count)
