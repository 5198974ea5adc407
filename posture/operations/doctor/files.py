"""Checks the files of this installation: their permissions, the age of the keys, and the free disk space."""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from posture.operations.backups import key
from posture.operations.doctor.finding import Finding, make_finding
from surveys.web import disk_space

PERMISSIONS_OF_OTHERS = 0o077
MEGABYTE = 1_000_000


def findings(at: datetime) -> Iterator[Finding]:
    yield from _permission_findings(Path(settings.VAR), at, mode="700")
    if connection.vendor == "sqlite":
        yield from _permission_findings(Path(connection.settings_dict["NAME"]), at, mode="600")
    for path in (Path(settings.VAR) / "secret_key", Path(settings.INSTALLATION_KEY_FILE), key.key_file()):
        yield from _permission_findings(path, at, mode="600")
    for folder in disk_space.folders():
        room = disk_space.free_space(folder)
        yield make_finding(
            f"room in {folder}",
            f"{room.free // MEGABYTE} MB of {room.total // MEGABYTE} MB",
            is_wrong=room.is_low,
            fix="Uploads and exports are refused until at least 200 MB and 5 % are free: make room.",
        )


def _permission_findings(path: Path, at: datetime, *, mode: str) -> Iterator[Finding]:
    if not path.exists():
        return
    status = path.stat()
    age = (at - datetime.fromtimestamp(status.st_mtime, tz=UTC)).days
    age_text = f", {age} days old" if path.name.endswith("key") else ""
    yield make_finding(
        path.name,
        f"mode {stat.S_IMODE(status.st_mode):o}{age_text}",
        is_wrong=bool(status.st_mode & PERMISSIONS_OF_OTHERS),
        fix=f"Others on this machine can read it: chmod {mode} {path}.",
    )
