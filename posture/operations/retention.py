"""The nightly retention: the retention rules of the asking side, and the removal of old backups."""

from datetime import datetime, timedelta
from pathlib import Path

from posture.operations.backups import archive_names
from surveys.jobs import job_queue, outbox
from surveys.retention import retention_rules
from surveys.retention.retention_guard import RemovalShare
from surveys.retention.retention_rules import RETENTION, RetentionRule

DAY_SECONDS = 24 * 60 * 60
TIMEOUT_SECONDS = 600
BACKUP_RETENTION = timedelta(days=35)


def _old_backups(at: datetime) -> list[Path]:
    """Returns the backups to remove. The newest is always kept."""
    return [
        archive
        for archive in archive_names.archives()[:-1]
        if archive_names.made_at(archive) < at - BACKUP_RETENTION
    ]


def _remove_backups(at: datetime, is_rehearsal: bool) -> int:
    old = _old_backups(at)
    for archive in old:
        if not is_rehearsal:
            archive.unlink()
    return len(old)


def _share_of_backups(at: datetime) -> RemovalShare:
    return RemovalShare(len(_old_backups(at)), len(archive_names.archives()))


retention_rules.add_rule(
    RetentionRule("backups", "Backups", "35 days; the newest stays", _remove_backups, _share_of_backups)
)


@outbox.handles(RETENTION, label="Removing what was kept long enough", seconds=TIMEOUT_SECONDS)
def run_retention(job: outbox.Job, *, at: datetime) -> None:
    """agreed: the key of the report of a night whose removals a person approved."""
    retention_rules.apply_rules(at=at, consent=retention_rules.consent_for(job.payload.get("agreed")))


job_queue.register_periodic_job(DAY_SECONDS, RETENTION)
