"""Tests that respondents can save while a file is imported, because the import releases the database between
batches."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from surveys.imports import importer
from surveys.imports.batch import BatchWriter
from surveys.models import Wave
from surveys.tenancy.organization_scope import across_organizations
from tests.surveys.imports.files import HEADER, as_csv, load, mapping

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.alone]

ROWS = 4_000
LONGEST_SECONDS = 0.2
# Other programs use the processor too, so a few transactions may take longer.
SHARE_WITHIN = 0.95
LONGEST_WAIT_SECONDS = 1


@contextmanager
def timed_transactions(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    seconds: list[float] = []
    write = BatchWriter.write

    def timed(writer: BatchWriter, *arguments: Any, **keywords: Any) -> Any:
        started = time.monotonic()
        transaction.on_commit(lambda: seconds.append(time.monotonic() - started))
        return write(writer, *arguments, **keywords)

    with monkeypatch.context() as patched:
        patched.setattr(BatchWriter, "write", timed)
        yield seconds


class Saver(threading.Thread):
    """Writes as a respondent does, in small transactions one after the other, and records the duration of each."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.waits: list[float] = []
        self.is_done = threading.Event()

    def run(self) -> None:
        with across_organizations():
            while not self.is_done.wait(0.02):
                started = time.monotonic()
                with transaction.atomic():
                    Wave.objects.filter(slug="other").update(title=f"{started}")
                self.waits.append(time.monotonic() - started)
        connection.close()


def test_savers_get_through_between_the_batches(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    questionnaire = load()
    file_mapping = mapping()
    Wave.objects.create(
        questionnaire=questionnaire,
        slug="other",
        title="-",
        opens_at=file_mapping.wave.opens_at,
        closes_at=file_mapping.wave.closes_at,
    )
    path = tmp_path / "answers.csv"
    row = ["Here", "", "Saw,Axe, large", "82", "", "1", "3"]
    path.write_text(as_csv([HEADER, *([f"R{number}", *row] for number in range(ROWS))]))
    saver = Saver()
    saver.start()
    with timed_transactions(monkeypatch) as seconds:
        importer.import_responses(path, file_mapping, questionnaire, at=timezone.now())
    saver.is_done.set()
    saver.join(30)
    print(f"{len(seconds)} transactions, longest {max(seconds):.3f} s")
    print(f"{len(saver.waits)} saves, longest {max(saver.waits):.3f} s")
    if connection.vendor == "sqlite":
        assert sorted(seconds)[int(SHARE_WITHIN * len(seconds)) - 1] <= LONGEST_SECONDS
    assert len(saver.waits) >= 20
    assert sorted(saver.waits)[int(SHARE_WITHIN * len(saver.waits)) - 1] <= LONGEST_WAIT_SECONDS
