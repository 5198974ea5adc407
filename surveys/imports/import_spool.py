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
    found = Path(settings.VAR) / "imports"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def store(rows: Iterable[Row]) -> str:
    """Stores rows. Returns the name of the file, which is completely on the disk by then."""
    name = secrets.token_hex(16)
    part = folder() / f"{name}.part"
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:  # noqa: PTH123
        following = iter(rows)
        while some := list(islice(following, ROWS_PER_LINE)):
            file.write(sealing.seal(json.dumps(some), None, place=PLACE) + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.rename(folder() / name)
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
    old = [one for one in folder().iterdir() if one.stat().st_mtime < (at - RETENTION).timestamp()]
    for one in old:
        if not is_rehearsal:
            one.unlink(missing_ok=True)
    return len(old)
