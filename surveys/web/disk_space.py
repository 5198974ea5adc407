"""Reacts to low disk space: uploads and exports stop, so that answers can still be saved.

If the disk is full, errors of the database are recognised as such.
"""

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

from surveys.database.error_causes import error_chain

MIN_FREE_BYTES = 200_000_000
MIN_FREE_SHARE = 0.05
INSUFFICIENT_STORAGE = 507
RETRY_AFTER_SECONDS = 30

FULL_FOR_SYSTEM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# On a full volume SQLite reports FULL, or an error of writing, of flushing or of growing the index of the WAL.
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
class DiskSpace:
    free: int
    total: int

    @property
    def is_low(self) -> bool:
        return self.free < MIN_FREE_BYTES or self.free < self.total * MIN_FREE_SHARE


def folders() -> list[Path]:
    """Returns the folders that this installation writes to: its data, and the folder of an SQLite database."""
    paths = [Path(settings.VAR)]
    database = settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"]:
        paths.append(Path(database["NAME"]).parent)
    return [folder for folder in dict.fromkeys(paths) if folder.is_dir()]


def free_space(folder: Path) -> DiskSpace:
    volume = os.statvfs(folder)
    return DiskSpace(free=volume.f_bavail * volume.f_frsize, total=volume.f_blocks * volume.f_frsize)


def is_writable(folder: Path) -> bool:
    """Returns whether files can be written, by creating a temporary file without a name."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def is_low() -> bool:
    return any(free_space(folder).is_low for folder in folders())


def is_full(error: BaseException) -> bool:
    """Returns whether an error, or one of its causes, means that the disk of the database is full."""
    return any(_is_disk_full(cause) for cause in error_chain(error))


def requires_disk_space(view: View) -> View:
    """Refuses uploads and exports while disk space is low. Goes below the access policy of the view."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return insufficient_storage() if is_low() else view(request, *args, **kwargs)

    return guarded


def insufficient_storage() -> HttpResponse:
    return HttpResponse(
        _(
            "The server is short of disk space. Answers are still saved; files wait until there is room again.\n"
        ),
        status=INSUFFICIENT_STORAGE,
        content_type="text/plain; charset=utf-8",
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


def _is_disk_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in FULL_FOR_SYSTEM
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) in FULL_FOR_SQLITE
    return getattr(error, "sqlstate", None) == FULL_FOR_POSTGRESQL
