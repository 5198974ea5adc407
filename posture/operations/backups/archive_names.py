"""Paths and names of archives. A name contains the time of the backup, so that names sort by age."""

from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from posture.operations.backups.errors import BackupError

PATTERN = "posture-%Y%m%dT%H%M%SZ.backup"
GLOB = "posture-*T*Z.backup"


def folder() -> Path:
    return Path(settings.BACKUP_DIR) if settings.BACKUP_DIR else Path(settings.VAR) / "backups"


def name_for(at: datetime) -> Path:
    return folder() / at.astimezone(UTC).strftime(PATTERN)


def archives() -> list[Path]:
    """Returns the archives, the oldest first."""
    return sorted(folder().glob(GLOB))


def made_at(archive: Path) -> datetime:
    return datetime.strptime(archive.name, PATTERN).replace(tzinfo=UTC)


def latest() -> Path:
    all_archives = archives()
    if not all_archives:
        raise BackupError(f"There is no backup in {folder()}.")
    return all_archives[-1]
