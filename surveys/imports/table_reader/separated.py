"""Reads rows of a CSV file by pandas."""

import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from surveys.imports.table_reader.bounds import MAX_CELL_LENGTH, Bounds, FileRefused, TableFormat
from surveys.imports.table_reader.record_shapes import RecordShapes
from surveys.imports.table_reader.text_stream import TextStream, encoding_of

SEPARATORS = ",;\t|"
CELLS_PER_CHUNK = 20_000
MAX_LISTED = 20
Row = tuple[int, list[str]]


class SeparatedTable:
    """A file of separated values. `notes` lists the assumptions and the blank lines. Raises Refused."""

    def __init__(self, file: BinaryIO, table_format: TableFormat, bounds: Bounds) -> None:
        self.file, self.format = file, table_format
        self.encoding, self.notes = encoding_of(file, table_format.encoding)
        self.separator = table_format.separator or self._recognised_separator()
        self.shapes = RecordShapes(self.separator, bounds)
        self.shapes.read(TextStream(file, self.encoding))
        self.notes += _blank_lines(self.shapes)

    def _recognised_separator(self) -> str:
        """Returns the separator that is most frequent in the first line outside of quotes."""
        first = TextStream(self.file, self.encoding).read().lstrip("\ufeff").split("\n", 1)[0]
        plain = "".join(first.split('"')[0::2])
        return max(SEPARATORS, key=plain.count)

    def rows(self) -> Iterator[Row]:
        """Yields the first line and the cells of each row; blank lines are no rows."""
        if not self.shapes.widest:
            return
        header: list[list[str]] = []
        dates: dict[int, str] = {}
        record = 0
        for chunk in self._chunks():
            texts = chunk.to_numpy(dtype=object, copy=True)
            if len(header) == self.format.header_rows:
                _write_dates(texts, chunk, dates)
            for cells in texts.tolist():
                line, width = self.shapes.lines[record], self.shapes.cells[record]
                record += 1
                if not width:
                    continue
                if len(header) < self.format.header_rows:
                    header.append(cells)
                    dates = _date_columns(header, self.format)
                yield line, _check_cells(cells[:width], line)
        if record != len(self.shapes.lines):
            raise FileRefused("The quotes in the table do not match.")

    def _chunks(self) -> Iterator[pd.DataFrame]:
        """Yields the table in chunks. The header is a chunk of its own, so that the columns of dates are known after
        it."""
        rows = max(1, CELLS_PER_CHUNK // self.shapes.widest)
        with pd.read_csv(
            TextStream(self.file, self.encoding),  # type: ignore[call-overload]
            sep=self.separator,
            header=None,
            names=range(self.shapes.widest),
            index_col=False,
            dtype=object,
            na_filter=False,
            skip_blank_lines=False,
            engine="c",
            iterator=True,
        ) as reader:
            remaining = len(self.shapes.lines)
            size = _records_of_header(self.shapes.cells, self.format.header_rows)
            while remaining > 0:
                chunk = reader.get_chunk(min(size, remaining))
                remaining -= len(chunk)
                size = rows
                yield chunk


def _records_of_header(cells: Iterable[int], header_rows: int) -> int:
    """Returns how many records the header rows take, with blank lines."""
    header_count = record = 0
    for record, width in enumerate(cells, start=1):
        header_count += width > 0
        if header_count == header_rows:
            return record
    return record


def _date_columns(header: Sequence[Sequence[str]], table_format: TableFormat) -> dict[int, str]:
    """Returns the formats of dates by the position of their column."""
    formats = {" ".join(name.split()): date_format for name, date_format in table_format.dates}
    return {
        position: formats[" ".join(cell.split())]
        for row in header
        for position, cell in enumerate(row)
        if " ".join(cell.split()) in formats
    }


def _write_dates(texts: Any, chunk: pd.DataFrame, dates: dict[int, str]) -> None:
    """Rewrites dates as ISO 8601. Texts of another format stay, and are reported later."""
    for position, date_format in dates.items():
        times = pd.to_datetime(chunk[position].str.strip(), format=date_format, errors="coerce")
        if not isinstance(times.dtype, np.dtype):
            continue
        is_date = times.notna().to_numpy()
        texts[is_date, position] = np.datetime_as_string(times.to_numpy()[is_date], unit="s")


def _check_cells(cells: list[str], line: int) -> list[str]:
    if max(map(len, cells)) > MAX_CELL_LENGTH:
        raise FileRefused(f"In line {line} there is a cell of more than {MAX_CELL_LENGTH:,} characters.")
    return cells


def _blank_lines(shapes: RecordShapes) -> list[str]:
    lines = [line for line, width in zip(shapes.lines, shapes.cells, strict=True) if not width]
    if not lines:
        return []
    listed = ", ".join(map(str, lines[:MAX_LISTED])) + (", …" if len(lines) > MAX_LISTED else "")
    return [f"{len(lines)} blank lines are no rows: {listed}."]


def load_modules(table_format: TableFormat) -> None:
    """Reads a small table to load all modules that pandas needs, before the process can open no more files."""
    time = datetime(2026, 1, 31, 12)
    formats = [date_format for _, date_format in table_format.dates] or ["%Y-%m-%d"]
    names = ",".join(f"c{position}" for position, _ in enumerate(formats))
    cells = ",".join(f'"{time.strftime(date_format)}"' for date_format in formats)
    sample = io.BytesIO(f"{names}\n{cells}\n{cells}\n".encode())
    dates = tuple((f"c{position}", date_format) for position, date_format in enumerate(formats))
    list(SeparatedTable(sample, TableFormat("utf-8", ",", 1, dates), Bounds()).rows())
