"""What has to go when rows were erased: the explorer's counted answers, the key ring of before, and the traces that a
database keeps. Can be done again at any time."""

import shutil
from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings

from surveys.jobs import outbox
from surveys.retention import key_ring
from surveys.retention.database_remnants import clear_traces, tables_with_traces
from surveys.retention.erasure import CLEAR, Erased

PATIENCE_SECONDS = 600


def clear(erased: Iterable[Erased]) -> list[str]:
    """Outside any transaction. What could not be done, in sentences."""
    done = list(erased)
    questionnaires = {slug for one in done for slug in one.questionnaires}
    return _clear({table for one in done for table in one.tables}, questionnaires)


def clear_everything() -> list[str]:
    folder = Path(settings.VAR) / "frames"
    return _clear(tables_with_traces(), [path.name for path in folder.glob("*")])


def _clear(tables: Collection[str], questionnaires: Collection[str]) -> list[str]:
    for slug in questionnaires:
        shutil.rmtree(Path(settings.VAR) / "frames" / slug, ignore_errors=True)
    key_ring.write()
    return clear_traces(tables)


@outbox.handles(CLEAR, label="Clearing what is left of something erased", seconds=PATIENCE_SECONDS)
def clear_later(job: outbox.Job, *, at: datetime) -> None:
    """After somebody withdrew on a page."""
    left = _clear(job.payload["tables"], job.payload["questionnaires"])
    if left:
        raise outbox.JobFailed(" ".join(left))
