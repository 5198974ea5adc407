"""Tests the import of an uploaded file: every row is accounted for, also after the worker is killed, and a second run
changes nothing."""

import csv
import io
import os
import subprocess
import sys
import time
from random import Random
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from posture.launch.places import ROOT
from surveys.imports import import_runs, import_spool
from surveys.jobs import job_queue, outbox
from surveys.models import Answer, AnswerVersion, ImportRemark, ImportRun, Job, Organization, Response
from tests.faults.harness import options
from tests.support.answers import given_by_item
from tests.support.builders import make_user
from tests.support.hostile_texts import SCRIPTS
from tests.surveys.imports.test_importer import MAPPING, REAL_FILE

pytestmark = [pytest.mark.database, pytest.mark.long]

ROWS, TWICE, KILLS = 213, 2, 4
EACH_BAD = 35
PATIENCE_SECONDS = 120
LONGEST_DELAY_SECONDS = 0.02
# Small transactions, so that a kill interrupts the worker during the rows on a fast machine as well.
WORKER = """
import django
django.setup()
from django.utils import timezone
from surveys.imports import import_runs
from surveys.jobs import job_queue
from surveys.imports import pacing
pacing.FIRST_ANSWERS, pacing.MIN_ANSWERS, pacing.MAX_ROWS = 20, 20, 3
from surveys.models import Job
from surveys.tenancy.organization_scope import across_organizations
with across_organizations():
    while waiting := Job.objects.filter(kind=import_runs.KIND).exclude(state=Job.State.DONE).first():
        Job.objects.filter(pk=waiting.pk).update(
            state=Job.State.WAITING, published_at=None, leased_until=None, attempts=0, next_at=timezone.now()
        )
        job_queue.carry_out_now(waiting.key, at=timezone.now())
"""


def file_of_answers(rows: int = ROWS) -> tuple[bytes, int, int]:
    """Returns a file in which every 35th row is bad and some rows are repeated, the number of good rows, and that of
    bad ones."""
    with REAL_FILE.open(encoding="utf-8-sig", newline="") as file:
        first_header, second_header, *real = csv.reader(file)
    table = [[f"{copy}{row[0]}", *row[1:]] for copy in range(rows // len(real)) for row in real]
    bad_rows = table[::EACH_BAD]
    for number, row in enumerate(bad_rows):
        row[1] = SCRIPTS[number % len(SCRIPTS)]
    table += table[1 : 1 + TWICE]
    output = io.StringIO()
    csv.writer(output).writerows([first_header, second_header, *table])
    return output.getvalue().encode(), len(table) - TWICE - len(bad_rows), len(bad_rows)


@pytest.fixture
def analyst(db: None) -> Client:
    call_command("load_definitions", verbosity=0)
    client = Client()
    client.force_login(make_user("analyst", is_staff=True))
    return client


def upload(client: Client, content: bytes, name: str = "answers.csv") -> Any:
    return client.post("/studio/imports/", {"mapping": MAPPING, "file": SimpleUploadedFile(name, content)})


def work(run: ImportRun) -> ImportRun:
    while Job.objects.filter(kind=import_runs.KIND).exclude(state=Job.State.DONE).exists():
        for job in Job.objects.filter(kind=import_runs.KIND).exclude(state=Job.State.DONE):
            assert job_queue.carry_out_now(job.key, at=timezone.now()) == outbox.JobOutcome.DONE
    return ImportRun.objects.get(pk=run.pk)


def counts_of(run: ImportRun) -> tuple[int, ...]:
    return run.position, run.inserted, run.updated, run.unchanged, run.rejected, run.duplicate


def stored_responses() -> list[object]:
    """Returns the stored responses without the keys that the database assigns."""
    return sorted(
        (
            response.source_row,
            response.started_at,
            response.submitted_at,
            sorted(map(str, given_by_item(response.answers.all()).items())),
        )
        for response in Response.objects.all()
    )


def all_rows() -> list[object]:
    models = (Organization, Response, Answer, AnswerVersion)
    return [list(model.objects.order_by("pk").values_list("pk")) for model in models]


@pytest.mark.django_db
def test_every_row_is_accounted_for_and_a_second_run_changes_nothing(
    analyst: Client, django_capture_on_commit_callbacks: Any
) -> None:
    content, good, bad = file_of_answers()
    assert upload(analyst, content).status_code == 302
    with django_capture_on_commit_callbacks(execute=True):
        run = work(ImportRun.objects.get())
    assert run.state == "done"
    assert counts_of(run) == (run.rows, good, 0, 0, bad, TWICE)
    assert [(remark.line, remark.column) for remark in run.remarks.all()][:2] == [
        (3, "Start Date"),
        (38, "Start Date"),
    ]
    assert not list(import_spool.folder().iterdir()), "the rows are removed once they are in"
    before = all_rows()
    upload(analyst, content)
    assert counts_of(work(ImportRun.objects.latest("pk"))) == (run.rows, 0, 0, good, bad, TWICE)
    assert all_rows() == before


@pytest.mark.django_db
def test_the_page_shows_the_account_and_only_words(analyst: Client) -> None:
    content, _, _ = file_of_answers()
    upload(analyst, content, name="<img src=x onerror=window.hit=1>.csv")
    run = work(ImportRun.objects.get())
    page = analyst.get(f"/studio/imports/{run.pk}/").content.decode()
    assert f"{run.rows} read = {run.inserted} inserted" in page
    assert "&lt;script&gt;window.hit=1" in page
    assert "<script>window" not in page
    assert "<img src=x" not in page
    assert "<img src=x" not in analyst.get("/studio/imports/").content.decode()


@pytest.mark.django_db
def test_rows_wait_sealed_and_for_their_owner_only(analyst: Client) -> None:
    content, _, _ = file_of_answers()
    upload(analyst, content)
    (path,) = (import_spool.folder() / run.spool for run in ImportRun.objects.all())
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert b"12687305205" not in path.read_bytes()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", b"empty"),
        (b"one row\n", b"header rows"),
        (b"a,b\nc,d\ne,f\n", b"Respondent ID"),
        (b"a,b\x00\n", b"no text"),
    ],
)
def test_an_unreadable_upload_is_refused_with_a_reason(analyst: Client, content: bytes, text: bytes) -> None:
    page = upload(analyst, content)
    assert page.status_code == 422
    assert text in page.content
    assert not ImportRun.objects.exists()


@pytest.mark.django_db
def test_an_import_without_its_rows_fails_with_a_reason(analyst: Client) -> None:
    upload(analyst, file_of_answers()[0])
    run = ImportRun.objects.get()
    import_spool.remove(run.spool)
    job = Job.objects.get(kind=import_runs.KIND)
    for _ in range(outbox.MAX_ATTEMPTS):
        Job.objects.filter(pk=job.pk).update(next_at=timezone.now(), published_at=None)
        job_queue.carry_out_now(job.key, at=timezone.now())
    run.refresh_from_db()
    assert (run.state, "Upload it again" in run.reason) == ("failed", True)


def environment() -> dict[str, str]:
    database = settings.DATABASES["default"]
    name = database["NAME"]
    is_file = "sqlite" in database["ENGINE"]
    url = f"sqlite:///{name}" if is_file else os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    return {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "posture.settings"}


def worker() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env=environment())


def kill_at_random(run: ImportRun, kills: int, chance: Random) -> int:
    """Kills workers at random moments, and returns how many kills interrupted a worker during the rows."""
    interrupted = 0
    while interrupted < kills:
        before = ImportRun.objects.get(pk=run.pk).position
        target_position = before + chance.randint(1, run.rows // (2 * kills))
        process, deadline = worker(), time.monotonic() + PATIENCE_SECONDS
        while ImportRun.objects.get(pk=run.pk).position < target_position and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        time.sleep(chance.uniform(0, LONGEST_DELAY_SECONDS))
        process.kill()
        process.wait()
        run_now = ImportRun.objects.get(pk=run.pk)
        assert run_now.position < run_now.rows, "it was killed too late to say anything"
        interrupted += 1
    return interrupted


@pytest.mark.django_db(transaction=True)
def test_an_import_that_is_killed_again_and_again_ends_as_one_that_was_not(analyst: Client) -> None:
    chance = options.seeded_random("imports")
    content, good, bad = file_of_answers(options.number("SAVES", ROWS))
    upload(analyst, content)
    run = ImportRun.objects.get()
    started = time.monotonic()
    kills = kill_at_random(run, options.number("KILLS", KILLS), chance)
    assert worker().wait(PATIENCE_SECONDS + run.rows) == 0
    run.refresh_from_db()
    print(f"{run.rows} rows, {kills} kills, {time.monotonic() - started:.0f} s: {counts_of(run)}")
    assert run.state == "done"
    assert counts_of(run) == (run.rows, good, 0, 0, bad, TWICE)
    assert run.remarks.count() == bad + TWICE
    assert Response.objects.count() == AnswerVersion.objects.values("response").distinct().count() == good
    before, rows = stored_responses(), all_rows()
    upload(analyst, content)
    assert counts_of(work(ImportRun.objects.latest("pk"))) == (run.rows, 0, 0, good, bad, TWICE)
    assert (stored_responses(), all_rows()) == (before, rows)


@pytest.mark.django_db
def test_counts_in_a_separate_transaction_are_detected(analyst: Client) -> None:
    """The negative control: rows are stored, and the position is not recorded with them, as if it had been another
    transaction that a kill prevented."""
    upload(analyst, file_of_answers()[0])
    run = ImportRun.objects.get()
    first = list(import_spool.rows_of(run.spool))[2:27]
    interrupted_import = import_runs._Import(run)
    interrupted_import.write(interrupted_import.importer.read(first), at=timezone.now())
    nothing = dict.fromkeys(("position", "inserted", "rejected"), 0)
    ImportRun.objects.update(**nothing)
    ImportRemark.objects.all().delete()
    finished = work(ImportRun.objects.get())
    assert counts_of(finished)[1] != file_of_answers()[1], "rows that were in before count as unchanged"
