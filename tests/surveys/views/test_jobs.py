"""Tests the page of background jobs for analysts, and the retry of failed jobs."""

from datetime import timedelta

import pytest
from django.test import Client

from surveys.jobs import job_queue, outbox
from surveys.mail.emails import MAIL, queue_mail
from surveys.models import AuditEntry, Job, Process
from tests.support.builders import NOW, make_organization, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def analyst() -> Client:
    client = Client()
    client.force_login(make_user("analyst", is_staff=True))
    return client


def parked_mail(key: str = "one") -> Job:
    organization = make_organization(f"org-{key}")
    job = queue_mail(
        to="a@b.example", subject="S", text="secret words", key=key, organization=organization, at=NOW
    )
    Job.objects.filter(pk=job.pk).update(
        state="parked", attempts=5, reason="The mail server refused with code 550."
    )
    return job


def page_text(client: Client) -> str:
    page = client.get("/studio/jobs/")
    assert page.status_code == 200
    return " ".join(page.content.decode().split())


def test_a_parked_job_is_shown_with_its_reason_and_without_its_words(analyst: Client) -> None:
    parked_mail()
    page = page_text(analyst)
    assert "The mail server refused with code 550." in page
    assert str(outbox.JOB_KINDS[MAIL].label) in page
    assert "secret words" not in page
    assert "a@b.example" not in page


def test_trying_again_makes_it_due_and_is_noted(analyst: Client) -> None:
    job = parked_mail()
    page = analyst.post(f"/studio/jobs/{job.pk}/again/", follow=True)
    assert b"1 job will be tried again at once." in page.content
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("waiting", 0)
    assert (
        AuditEntry.objects.filter(action="had a job tried again", organization=job.organization).count() == 1
    )
    page = analyst.post(f"/studio/jobs/{job.pk}/again/", follow=True)
    assert b"No failed job is left." in page.content


def test_all_are_tried_again_at_once(analyst: Client) -> None:
    for key in ("one", "two", "three"):
        parked_mail(key)
    assert "Try all 3 again" in page_text(analyst)
    analyst.post("/studio/jobs/again/")
    assert Job.objects.filter(state="waiting").count() == 3


def test_the_page_shows_relays_and_workers(analyst: Client) -> None:
    assert "No worker. Jobs wait until one runs." in page_text(analyst)
    now = job_queue.database_time()
    for kind in Process.Kind.values:
        job_queue.record_heartbeat(kind, kind, started_at=now, at=now)
    job_queue.record_heartbeat("second", "worker", started_at=now, at=now)
    page = page_text(analyst)
    assert "A relay runs." in page
    assert "Workers run, with 2 processes." in page
    Process.objects.update(seen_at=now - timedelta(minutes=2))
    time_text = (now - timedelta(minutes=2)).strftime("%H:%M")
    assert f"No worker since {now - timedelta(minutes=2):%-d} {now:%B}, {time_text} UTC" in page_text(analyst)
    job_queue.remove_process("worker")
    job_queue.remove_process("second")
    assert "No worker. Jobs" in page_text(analyst)
