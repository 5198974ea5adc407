"""Checks whether a recent backup exists."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from posture.operations.backups import archive_names
from posture.operations.doctor.finding import Finding, make_finding

MAX_BACKUP_AGE = timedelta(hours=3)


def findings(at: datetime) -> Iterator[Finding]:
    yield make_finding(
        "backups",
        f"every hour into {settings.BACKUP_DIR}" if settings.BACKUP_DIR else "only by hand",
        is_wrong=not settings.BACKUP_DIR and not settings.EMBEDDED,
        fix="Nothing makes backups by itself: set BACKUP_DIR.",
    )
    archives = archive_names.archives()
    age = at - archive_names.made_at(archives[-1]) if archives else None
    yield make_finding(
        "newest backup",
        f"{archives[-1].name}, {age.total_seconds() / 3600:.1f} hours old" if age is not None else "none",
        is_wrong=bool(settings.BACKUP_DIR) and (age is None or age > MAX_BACKUP_AGE),
        fix="The last hours are in no backup: see that a worker with the clock runs, and run manage.py backup.",
    )
