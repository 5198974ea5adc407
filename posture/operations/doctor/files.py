"""Checks the files of this installation: their permissions, the age of the keys, and the free disk space."""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from posture.operations.backups import key
from posture.operations.doctor.finding import Finding, found
from surveys.web import disk_space

FOR_OTHERS = 0o077
MEGABYTE = 1_000_000


def findings(at: datetime) -> Iterator[Finding]:
    yield from _private(Path(settings.VAR), at, mode="700")
    if connection.vendor == "sqlite":
        yield from _private(Path(connection.settings_dict["NAME"]), at, mode="600")
    for path in (Path(settings.VAR) / "secret_key", Path(settings.INSTALLATION_KEY_FILE), key.file()):
        yield from _private(path, at, mode="600")
    for folder in disk_space.folders():
        room = disk_space.free_space(folder)
        yield found(
            f"room in {folder}",
            f"{room.free // MEGABYTE} MB of {room.total // MEGABYTE} MB",
            wrong=room.is_low,
            fix="Uploads and exports are refused until at least 200 MB and 5 % are free: make room.",
        )


def _private(path: Path, at: datetime, *, mode: str) -> Iterator[Finding]:
    if not path.exists():
        return
    status = path.stat()
    age = (at - datetime.fromtimestamp(status.st_mtime, tz=UTC)).days
    told = f", {age} days old" if path.name.endswith("key") else ""
    yield found(
        path.name,
        f"mode {stat.S_IMODE(status.st_mode):o}{told}",
        wrong=bool(status.st_mode & FOR_OTHERS),
        fix=f"Others on this machine can read it: chmod {mode} {path}.",
    )
