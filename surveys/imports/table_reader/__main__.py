"""Reads a table from standard input and writes its rows to standard output.

The content decides the type of the file, not its name.
"""

import importlib
import io
import json
import os
import sys
from collections.abc import Iterator
from typing import BinaryIO

from surveys.exports.csv_text import text_of_cell
from surveys.imports.table_reader.bounds import Bounds, FileRefused, TableFormat, from_arguments
from surveys.imports.table_reader.confinement import confine

ZIP_SIGNATURE, OLE_SIGNATURE = b"PK", b"\xd0\xcf\x11\xe0"
NICENESS = 10
MEMORY_EXCEEDED = "Reading the file takes more memory than a table of its size needs."
# pandas loads numpy, and openpyxl must not: a process imports one of the two modules.
WORKBOOK, SEPARATED = "surveys.imports.table_reader.workbook", "surveys.imports.table_reader.separated"


def main() -> None:
    bounds, table_format = from_arguments(sys.argv[1:])
    # Requests that save answers have priority.
    os.nice(NICENESS)
    file = sys.stdin.buffer
    is_workbook = file.read(len(ZIP_SIGNATURE)) == ZIP_SIGNATURE
    reader = importlib.import_module(WORKBOOK if is_workbook else SEPARATED)
    if not is_workbook:
        reader.load_modules(table_format)
    confine(largest_output=bounds.most_written, seconds=bounds.seconds)
    try:
        _check_beginning(file, bounds)
        _write(reader, file, table_format, bounds, is_workbook=is_workbook)
    except FileRefused as error:
        _write_line({"refused": str(error)})
    except (MemoryError, RecursionError):
        _write_line({"refused": MEMORY_EXCEEDED})
    sys.stdout.flush()


def _check_beginning(file: BinaryIO, bounds: Bounds) -> None:
    if file.seek(0, io.SEEK_END) > bounds.largest_file:
        raise FileRefused(f"The file has more than {bounds.largest_file // 1_000_000} MB.")
    file.seek(0)
    beginning = file.read(len(OLE_SIGNATURE))
    if beginning == OLE_SIGNATURE:
        raise FileRefused("The file is an old or an encrypted workbook. Save it as XLSX or as CSV.")
    file.seek(0)
    if not any(chunk.strip() for chunk in iter(lambda: file.read(64_000), b"")):
        raise FileRefused("The file is empty.")


def _write(
    reader: object, file: BinaryIO, table_format: TableFormat, bounds: Bounds, *, is_workbook: bool
) -> None:
    kind, notes, rows = _table(reader, file, table_format, bounds, is_workbook=is_workbook)
    _write_line({"kind": kind, "notes": notes})
    row_count, width, blank_count, last_line = 0, 0, 0, 0
    for number, cells in rows:
        blank_count += number - last_line - 1
        last_line = number
        _write_line([number, [text_of_cell(cell) for cell in cells]])
        row_count, width = row_count + 1, max(width, len(cells))
    notes = [f"{blank_count} blank rows are no rows of the table."] if blank_count and is_workbook else []
    _write_line({"rows": row_count, "width": width, "notes": notes})


def _table(
    reader: object, file: BinaryIO, table_format: TableFormat, bounds: Bounds, *, is_workbook: bool
) -> tuple[str, list[str], Iterator[tuple[int, list[str]]]]:
    if is_workbook:
        file.seek(0)
        return "xlsx", [], reader.rows_of_workbook(file, bounds)  # type: ignore[attr-defined]
    table = reader.SeparatedTable(file, table_format, bounds)  # type: ignore[attr-defined]
    return "csv", table.notes, table.rows()


def _write_line(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")


main()
