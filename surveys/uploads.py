"""Files that strangers made. They are read in a confined child, `surveys.table_reader`; this process never parses one
and only takes rows of text from it."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from django.conf import settings

SECONDS = 10
CHUNK = 64_000
LONGEST_NAME = 100
TOO_LONG = f"Reading the file took more than {SECONDS} s or more memory than a table needs."


class UploadRefused(ValueError):
    """Plain words for whoever sent the file."""


@dataclass(frozen=True)
class Table:
    """Lines in the file and cells of each row. notes: what was assumed about the file."""

    kind: str
    notes: list[str]
    rows: list[tuple[int, list[str]]]


def read_table(file: Any) -> Table:
    """file: an uploaded file or an open one in binary. Raises UploadRefused."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as written:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            given.write(chunk)
        given.seek(0)
        _run(given, written)
        written.seek(0)
        return _table(written)


def _run(given: IO[bytes], written: IO[bytes]) -> None:
    command = [sys.executable, "-m", "surveys.table_reader"]
    environment = {"OPENPYXL_LXML": "False", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
    streams = {"stdin": given, "stdout": written, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=settings.ROOT, env=environment, close_fds=True, **streams) as child:  # type: ignore[call-overload]
        try:
            child.wait(SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()


def _table(written: IO[bytes]) -> Table:
    """Whole, or refused: the last line must say how many rows there were."""
    lines = _lines(written)
    head = next(lines, None)
    rows: list[tuple[int, list[str]]] = []
    for line in lines:
        if isinstance(line, list):
            rows.append((line[0], line[1]))
        elif "refused" in line:
            raise UploadRefused(line["refused"])
        elif head is not None and line.get("rows") == len(rows):
            if not rows:
                raise UploadRefused("The table is empty.")
            return Table(head["kind"], head["notes"], _even(rows) if head["kind"] == "xlsx" else rows)
    raise UploadRefused(head["refused"] if isinstance(head, dict) and "refused" in head else TOO_LONG)


def _even(rows: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """A workbook leaves out the empty cells at the end of a row."""
    width = max(len(cells) for _, cells in rows)
    return [(line, [*cells, *[""] * (width - len(cells))]) for line, cells in rows]


def _lines(written: IO[bytes]) -> Iterator[Any]:
    """A line that was cut by the end of the child is none."""
    for line in written:
        if line.endswith(b"\n"):
            yield json.loads(line)


def shown_name(name: str) -> str:
    """What a browser said that the file is called: for showing only, never for opening."""
    printable = "".join(
        one if one.isprintable() else "�" for one in name.replace("\\", "/").rsplit("/", 1)[-1]
    )
    return printable[:LONGEST_NAME] or "a file"
