"""Stores the rows of an uploaded file until the end of the import, as sealed lines in a file of the data folder.

Only its owner can read the file. It is removed when the import is done, or after seven days.
"""

import json
import os
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from django.conf import settings

from surveys.encryption import sealing

ROWS_PER_LINE = 200
RETENTION = timedelta(days=7)
PLACE = "import"

Row = tuple[int, list[str]]


def folder() -> Path:
    path = Path(settings.VAR) / "imports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def store(rows: Iterable[Row]) -> str:
    """Stores rows. Returns the name of the file, which is completely on the disk by then."""
    name = secrets.token_hex(16)
    partial_file = folder() / f"{name}.part"
    descriptor = os.open(partial_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        iterator = iter(rows)
        while chunk := list(islice(iterator, ROWS_PER_LINE)):
            file.write(sealing.seal(json.dumps(chunk), None, place=PLACE) + "\n")
        file.flush()
        os.fsync(file.fileno())
    partial_file.rename(folder() / name)
    return name


def rows_of(name: str) -> Iterator[Row]:
    """Yields the stored rows. Raises FileNotFoundError."""
    with (folder() / name).open(encoding="ascii") as file:
        for line in file:
            yield from json.loads(sealing.unseal(line.rstrip("\n"), place=PLACE))


def remove(name: str) -> None:
    (folder() / name).unlink(missing_ok=True)


def remove_old(*, at: datetime, is_rehearsal: bool = False) -> int:
    """Removes files older than seven days, for the nightly retention. Returns their number; a rehearsal removes
    none."""
    old_files = [file for file in folder().iterdir() if file.stat().st_mtime < (at - RETENTION).timestamp()]
    for file in old_files:
        if not is_rehearsal:
            file.unlink(missing_ok=True)
    return len(old_files)
