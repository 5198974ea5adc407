"""Room on the disk: when it is low, uploads and exports stop so that answers can still be saved; when it is gone,
an error of the database is recognised as that."""

import errno
import os
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from surveys.database.error_causes import chain_of

LEAST_BYTES = 200_000_000
LEAST_SHARE = 0.05
NO_ROOM = 507
RETRY_AFTER_SECONDS = 30

FULL_FOR_SYSTEM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# A full volume shows itself as FULL, or as an error of writing, of flushing or of growing the index of the WAL.
FULL_FOR_SQLITE = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_SHMSIZE,
    sqlite3.SQLITE_IOERR_SHMMAP,
}
FULL_FOR_POSTGRESQL = "53100"

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class Room:
    free: int
    total: int

    @property
    def is_low(self) -> bool:
        return self.free < LEAST_BYTES or self.free < self.total * LEAST_SHARE


def folders() -> list[Path]:
    """Where this installation writes: its data, and its database when that is a file."""
    found = [Path(settings.VAR)]
    database = settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"]:
        found.append(Path(database["NAME"]).parent)
    return [folder for folder in dict.fromkeys(found) if folder.is_dir()]


def room(folder: Path) -> Room:
    volume = os.statvfs(folder)
    return Room(free=volume.f_bavail * volume.f_frsize, total=volume.f_blocks * volume.f_frsize)


def takes_files(folder: Path) -> bool:
    """Asked by making a file, which nobody sees and which is gone at once."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def is_low() -> bool:
    return any(room(folder).is_low for folder in folders())


def is_full(error: BaseException) -> bool:
    """Does this error, or one that led to it, say that the disk of the database has no room left?"""
    return any(_says_full(each) for each in chain_of(error))


def needs_room(view: View) -> View:
    """For uploads and exports: refused while room is low. Stands below the policy of the view."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return no_room() if is_low() else view(request, *args, **kwargs)

    return guarded


def no_room() -> HttpResponse:
    return HttpResponse(
        _(
            "The server is short of disk space. Answers are still saved; files wait until there is room again.\n"
        ),
        status=NO_ROOM,
        content_type="text/plain; charset=utf-8",
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


def _says_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in FULL_FOR_SYSTEM
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) in FULL_FOR_SQLITE
    return getattr(error, "sqlstate", None) == FULL_FOR_POSTGRESQL
