"""Reads untrusted files in a confined child process, `surveys.imports.table_reader`.

This process never parses a file; it only receives rows of text from the child.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from surveys.imports.table_reader.bounds import Bounds, TableFormat, to_arguments

CHUNK_BYTES = 64_000
MAX_NAME_LENGTH = 100
LIMITS_EXCEEDED = lazy("Reading the file took longer or needed more memory than a table needs.")
ANY_FORMAT = TableFormat()
__all__ = ["OpenTable", "Table", "TableFormat", "UploadRefused", "display_name", "open_table", "read_table"]


class UploadRefused(ValueError):
    """The file is refused. The message is for the person who uploaded it."""


Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Table:
    """A table in memory: the line and the cells of each row. `notes` lists the assumptions about the file and its
    blank rows."""

    kind: str
    notes: list[str]
    rows: list[Row]


@dataclass(frozen=True)
class OpenTable:
    """A table whose rows are in a temporary file, so that a large table needs little memory. `rows` starts anew each
    time."""

    kind: str
    row_count: int
    width: int
    _rows_file: IO[bytes]
    notes: list[str] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        """Yields line and cells of each row. Rows of a workbook lack the empty cells at their end."""
        self._rows_file.seek(0)
        for line in _lines(self._rows_file):
            if isinstance(line, list):
                number, cells = line
                missing = self.width - len(cells) if self.kind == "xlsx" else 0
                yield number, cells + [""] * missing


def read_table(file: Any) -> Table:
    """Reads an uploaded file, or one opened in binary mode, into memory. Raises UploadRefused."""
    with open_table(file) as table:
        return Table(table.kind, table.notes, list(table.rows()))


def bounds() -> Bounds:
    return Bounds(settings.LARGEST_UPLOAD, settings.UPLOAD_MOST_ROWS, settings.UPLOAD_MOST_COLUMNS)


@contextmanager
def open_table(file: Any, table_format: TableFormat = ANY_FORMAT) -> Iterator[OpenTable]:
    """Opens a table of any size. Raises UploadRefused."""
    with tempfile.TemporaryFile() as upload, tempfile.TemporaryFile() as rows_file:
        for chunk in iter(lambda: file.read(CHUNK_BYTES), b""):
            upload.write(chunk)
        upload.seek(0)
        _run(upload, rows_file, bounds(), table_format)
        yield _table(rows_file)


def _run(upload: IO[bytes], rows_file: IO[bytes], limits: Bounds, table_format: TableFormat) -> None:
    command = [sys.executable, "-m", "surveys.imports.table_reader", *to_arguments(limits, table_format)]
    environment = {
        "OPENPYXL_LXML": "False",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    streams = {"stdin": upload, "stdout": rows_file, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=settings.ROOT, env=environment, close_fds=True, **streams) as child:  # type: ignore[call-overload]
        try:
            child.wait(limits.seconds)
        except subprocess.TimeoutExpired:
            child.kill()


def _table(rows_file: IO[bytes]) -> OpenTable:
    """Returns the complete table, or raises UploadRefused. The last line must state the number of rows."""
    rows_file.seek(0)
    rows, statements = 0, list[dict[str, Any]]()
    for line in rows_file:
        if line.startswith(b"[") and line.endswith(b"\n"):
            rows += 1
        elif line.endswith(b"\n"):
            statements.append(json.loads(line))
    refusal = next((statement["refused"] for statement in statements if "refused" in statement), None)
    if refusal or len(statements) < 2 or statements[-1].get("rows") != rows:
        raise UploadRefused(refusal or LIMITS_EXCEEDED)
    if not rows:
        raise UploadRefused(_("The table is empty."))
    first, end = statements[0], statements[-1]
    return OpenTable(first["kind"], rows, end["width"], rows_file, [*first["notes"], *end["notes"]])


def _lines(rows_file: IO[bytes]) -> Iterator[Any]:
    for line in rows_file:
        yield json.loads(line)


def display_name(name: str) -> str:
    """Returns the file name that the browser sent, for display only, never for opening."""
    printable = "".join(
        character if character.isprintable() else "�"
        for character in name.replace("\\", "/").rsplit("/", 1)[-1]
    )
    return printable[:MAX_NAME_LENGTH] or "a file"
