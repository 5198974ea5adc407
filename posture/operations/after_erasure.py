"""Cleans up after an erasure: the counted answers of the explorer, the old key ring, and remnants of the rows in the
database files. The clean-up can be repeated at any time."""

import shutil
from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings

from surveys.jobs import outbox
from surveys.retention import key_ring
from surveys.retention.database_remnants import clear_remnants, tables_with_remnants
from surveys.retention.erasure import CLEAR, ErasureResult

PATIENCE_SECONDS = 600


def clear(erased: Iterable[ErasureResult]) -> list[str]:
    """Runs the clean-up outside any transaction. Returns the steps that failed, as sentences."""
    done = list(erased)
    questionnaires = {slug for one in done for slug in one.questionnaires}
    return _clear({table for one in done for table in one.tables}, questionnaires)


def clear_everything() -> list[str]:
    folder = Path(settings.VAR) / "frames"
    return _clear(tables_with_remnants(), [path.name for path in folder.glob("*")])


def _clear(tables: Collection[str], questionnaires: Collection[str]) -> list[str]:
    for slug in questionnaires:
        shutil.rmtree(Path(settings.VAR) / "frames" / slug, ignore_errors=True)
    key_ring.write_key_ring()
    return clear_remnants(tables)


@outbox.handles(CLEAR, label="Clearing what is left of something erased", seconds=PATIENCE_SECONDS)
def clear_later(job: outbox.Job, *, at: datetime) -> None:
    """Queues the clean-up after a person withdrew on a page."""
    left = _clear(job.payload["tables"], job.payload["questionnaires"])
    if left:
        raise outbox.JobFailed(" ".join(left))
