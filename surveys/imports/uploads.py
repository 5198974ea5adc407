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
    _written: IO[bytes]
    notes: list[str] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        """Yields line and cells of each row. Rows of a workbook lack the empty cells at their end."""
        self._written.seek(0)
        for line in _lines(self._written):
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
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as written:
        for chunk in iter(lambda: file.read(CHUNK_BYTES), b""):
            given.write(chunk)
        given.seek(0)
        _run(given, written, bounds(), table_format)
        yield _table(written)


def _run(given: IO[bytes], written: IO[bytes], most: Bounds, table_format: TableFormat) -> None:
    command = [sys.executable, "-m", "surveys.imports.table_reader", *to_arguments(most, table_format)]
    environment = {
        "OPENPYXL_LXML": "False",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    streams = {"stdin": given, "stdout": written, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=settings.ROOT, env=environment, close_fds=True, **streams) as child:  # type: ignore[call-overload]
        try:
            child.wait(most.seconds)
        except subprocess.TimeoutExpired:
            child.kill()


def _table(written: IO[bytes]) -> OpenTable:
    """Returns the complete table, or raises UploadRefused. The last line must state the number of rows."""
    written.seek(0)
    rows, said = 0, list[dict[str, Any]]()
    for line in written:
        if line.startswith(b"[") and line.endswith(b"\n"):
            rows += 1
        elif line.endswith(b"\n"):
            said.append(json.loads(line))
    refused = next((one["refused"] for one in said if "refused" in one), None)
    if refused or len(said) < 2 or said[-1].get("rows") != rows:
        raise UploadRefused(refused or LIMITS_EXCEEDED)
    if not rows:
        raise UploadRefused(_("The table is empty."))
    head, end = said[0], said[-1]
    return OpenTable(head["kind"], rows, end["width"], written, [*head["notes"], *end["notes"]])


def _lines(written: IO[bytes]) -> Iterator[Any]:
    for line in written:
        yield json.loads(line)


def display_name(name: str) -> str:
    """Returns the file name that the browser sent, for display only, never for opening."""
    printable = "".join(
        one if one.isprintable() else "�" for one in name.replace("\\", "/").rsplit("/", 1)[-1]
    )
    return printable[:MAX_NAME_LENGTH] or "a file"
