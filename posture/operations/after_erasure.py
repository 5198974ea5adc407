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

TIMEOUT_SECONDS = 600


def clean_up(erased: Iterable[ErasureResult]) -> list[str]:
    """Runs the clean-up outside any transaction. Returns the steps that failed, as sentences."""
    erasures = list(erased)
    questionnaires = {slug for erasure in erasures for slug in erasure.questionnaires}
    return _clean_up({table for erasure in erasures for table in erasure.tables}, questionnaires)


def clean_up_everything() -> list[str]:
    folder = Path(settings.VAR) / "frames"
    return _clean_up(tables_with_remnants(), [path.name for path in folder.glob("*")])


def _clean_up(tables: Collection[str], questionnaires: Collection[str]) -> list[str]:
    for slug in questionnaires:
        shutil.rmtree(Path(settings.VAR) / "frames" / slug, ignore_errors=True)
    key_ring.write_key_ring()
    return clear_remnants(tables)


@outbox.handles(CLEAR, label="Clearing what is left of something erased", seconds=TIMEOUT_SECONDS)
def clean_up_job(job: outbox.Job, *, at: datetime) -> None:
    """Queues the clean-up after a person withdrew on a page."""
    failures = _clean_up(job.payload["tables"], job.payload["questionnaires"])
    if failures:
        raise outbox.JobFailed(" ".join(failures))
