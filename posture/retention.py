"""The nightly retention: the rules of the asking side, and old backups."""

from datetime import datetime, timedelta

from posture.backups import names
from surveys import outbox, relaying, retaining
from surveys.retaining import Rule

RETENTION = "retention"
NIGHT_SECONDS = 24 * 60 * 60
PATIENCE_SECONDS = 600
BACKUPS = timedelta(days=35)


def _old_backups(at: datetime, is_rehearsal: bool) -> int:
    """The newest stays, however old."""
    old = [archive for archive in names.archives()[:-1] if names.made_at(archive) < at - BACKUPS]
    for archive in old:
        if not is_rehearsal:
            archive.unlink()
    return len(old)


retaining.add_rule(Rule("backups", "Backups", "35 days; the newest stays", _old_backups))


@outbox.handles(RETENTION, label="Removing what was kept long enough", seconds=PATIENCE_SECONDS)
def retain(job: outbox.Job, *, at: datetime) -> None:
    retaining.run(at=at)


relaying.every(NIGHT_SECONDS, RETENTION)
