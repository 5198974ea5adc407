"""Reads rows of the first sheet of an XLSX file. Calculates no formulas and follows no links."""

import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile
from zlib import error as DeflateError

# openpyxl imports numpy if it is installed; numpy would take most of the memory of this process.
sys.modules["numpy"] = None  # type: ignore[assignment]

from defusedxml.common import DefusedXmlException  # noqa: E402
from openpyxl import DEFUSEDXML, LXML, load_workbook  # noqa: E402

from surveys.imports.table_reader.bounds import MAX_CELL_LENGTH, Bounds, FileRefused  # noqa: E402
from surveys.imports.table_reader.zip_directory import checked_archive  # noqa: E402

assert DEFUSEDXML
assert not LXML
FORMULA, ERROR = "f", "e"
CONTENT_TYPES = "[Content_Types].xml"


def rows_of_workbook(file: BinaryIO, bounds: Bounds) -> Iterator[tuple[int, list[str]]]:
    """Yields line and cells of each row. Raises Refused."""
    archive = checked_archive(file, bounds)
    try:
        if b"macroEnabled" in archive.read(CONTENT_TYPES):
            raise FileRefused("The workbook is of a kind that holds macros. Save it as XLSX.")
        archive.close()
        file.seek(0)
        book = load_workbook(file, read_only=True, data_only=False, keep_links=False, keep_vba=False)
        if not book.worksheets:
            raise FileRefused("The workbook has no sheet with cells.")
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        yield from _rows(sheet, bounds)
    except FileRefused:
        raise
    except DefusedXmlException as error:
        raise FileRefused("The workbook defines entities, as no spreadsheet does.") from error
    except (ParseError, BadZipFile, DeflateError) as error:
        raise FileRefused("The workbook is damaged, or says something untrue about itself.") from error
    except (
        KeyError,
        ValueError,
        TypeError,
        IndexError,
        AttributeError,
        EOFError,
        OverflowError,
        OSError,
    ) as error:
        raise FileRefused("The workbook is not built as a spreadsheet builds it.") from error


def _rows(sheet: Any, bounds: Bounds) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(sheet.iter_rows(), start=1):
        if number > bounds.most_rows:
            raise FileRefused(
                f"The sheet has more than {bounds.most_rows:,} rows, counted to the last one with a cell."
            )
        if len(row) > bounds.most_columns:
            raise FileRefused(f"Row {number} has more than {bounds.most_columns} columns.")
        cells = [_text(cell, number) for cell in row]
        if any(cells):
            yield number, cells


def _text(cell: Any, row: int) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == FORMULA:
        raise FileRefused(f"Row {row} holds a formula. Copy the table and paste it as values.")
    if cell.data_type == ERROR:
        raise FileRefused(f"Row {row} holds an error of the spreadsheet, such as #N/A.")
    text = _as_text(value)
    if len(text) > MAX_CELL_LENGTH:
        raise FileRefused(f"A cell of row {row} has more than {MAX_CELL_LENGTH:,} characters.")
    return text


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)
