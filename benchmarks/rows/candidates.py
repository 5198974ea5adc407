"""Candidates that read rows of answers: with the raw driver, into columns, and into the cube of the explorer."""

import shutil
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from benchmarks.generator import respondents
from benchmarks.protocol import Call
from benchmarks.rows.writing import add_rows, make_wave
from posture.explorer.frame_store import CURRENT, CubeStore
from posture.explorer.frames import RefreshOutcome, refresh
from posture.microdata import microdata_of
from posture.microdata.raw_rows import read_transaction
from surveys.models import Wave

ITEMS = 40
AT_ONCE = 100_000
QUESTIONNAIRE = "generated"


def load(size: int, answered: int) -> Call:
    """Writes the rows of `size` respondents. Only the first `answered` have answers; the others left all questions
    open."""
    answers, segments, _ = respondents(size)
    answers[answered:] = -1
    with transaction.atomic():
        add_rows(make_wave(ITEMS), answers, segments[:, :3])
    analyze()
    return lambda: None


def load_later(count: int, after: int) -> Call:
    """Writes `count` further respondents, who answered after the first ones were counted."""
    answers, segments, _ = respondents(count)
    with transaction.atomic():
        add_rows(Wave.objects.get(), answers, segments[:, :3], first=after + 1, minutes=30)
    return lambda: None


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def read_by_the_driver() -> Call:
    """Reads every row of answers as a tuple of the driver and discards it."""
    columns = "response_id, item_id, option_id, number, basis"

    def call() -> int:
        count = 0
        with read_transaction(), connection.chunked_cursor() as cursor:
            cursor.execute(f"SELECT {columns} FROM surveys_answer")
            while rows := cursor.fetchmany(AT_ONCE):
                count += len(rows)
        return count

    return call


def read_into_columns() -> Call:
    wave = Wave.objects.get().pk

    def call() -> int:
        data = microdata_of(wave).data
        return int(sum(column.answered.sum() for column in data.columns.values()))

    return call


def build() -> Call:
    """Builds frame and cube on disk; the call returns the number of answers in them."""

    def call() -> int:
        shutil.rmtree(Path(settings.VAR) / "frames", ignore_errors=True)
        assert refresh(QUESTIONNAIRE, at=timezone.now()) == RefreshOutcome.BUILT
        return answers_in_the_cube()

    return call


def answers_in_the_cube() -> int:
    shelf = CubeStore.of(QUESTIONNAIRE)
    manifest = shelf.manifest()
    assert manifest is not None
    frame = shelf.cube(manifest).frame
    yes = [place for place, measure in enumerate(frame.yes_no) if measure.option == "yes"]
    return int((frame.binary[:, yes] >= 0).sum())


def append() -> Call:
    """Adds responses that were submitted after the build; each call starts from the same cube."""
    shelf = CubeStore.of(QUESTIONNAIRE)
    before, present = shelf.manifest(), (shelf.folder / CURRENT).read_text()
    assert before is not None

    def call() -> str:
        (shelf.folder / CURRENT).write_text(present)
        for path in shelf.folder.iterdir():
            if path.is_dir() and path.name != before.version:
                shutil.rmtree(path)
        return str(refresh(QUESTIONNAIRE, at=timezone.now()))

    return call
