"""Standard input to standard output. The content decides what the file is, not its name."""

import io
import json
import sys
from collections.abc import Iterator

from surveys.csv_text import text_of_cell
from surveys.table_reader.bounds import LARGEST_FILE, MOST_WRITTEN, Refused
from surveys.table_reader.confinement import confine
from surveys.table_reader.separated import rows_of_text, text_of
from surveys.table_reader.workbook import rows_of_workbook

ZIP, OLD_OFFICE = b"PK", b"\xd0\xcf\x11\xe0"
TOO_MUCH = "Reading the file takes more memory than a table of its size needs."


def main() -> None:
    confine(largest_output=MOST_WRITTEN)
    try:
        _write(sys.stdin.buffer.read(LARGEST_FILE + 1))
    except Refused as error:
        _line({"refused": str(error)})
    except (MemoryError, RecursionError):
        _line({"refused": TOO_MUCH})
    sys.stdout.flush()


def _write(content: bytes) -> None:
    if len(content) > LARGEST_FILE:
        raise Refused(f"The file has more than {LARGEST_FILE // 1_000_000} MB.")
    if not content.strip():
        raise Refused("The file is empty.")
    if content.startswith(OLD_OFFICE):
        raise Refused("The file is an old or an encrypted workbook. Save it as XLSX or as CSV.")
    written = 0
    for number, cells in _rows(content):
        _line([number, [text_of_cell(one) for one in cells]])
        written += 1
    _line({"rows": written})


def _rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    if content.startswith(ZIP):
        _line({"kind": "xlsx", "notes": []})
        return rows_of_workbook(io.BytesIO(content))
    text, notes = text_of(content)
    _line({"kind": "csv", "notes": notes})
    return rows_of_text(text)


def _line(found: object) -> None:
    sys.stdout.write(json.dumps(found) + "\n")


main()
