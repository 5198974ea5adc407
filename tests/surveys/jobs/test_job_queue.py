"""Tests the order in which jobs are handed over, the recovery of jobs of a lost worker, and scheduled jobs."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from surveys.jobs import job_queue, outbox
from surveys.models import Job, Process
from tests.support.builders import NOW, make_organization

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def probe() -> Iterator[None]:
    outbox.handles("probe", label="Probe")(lambda job, *, at: None)
    outbox.handles("lengthy", label="Lengthy", seconds=600)(lambda job, *, at: None)
    yield
    del outbox.JOB_KINDS["probe"], outbox.JOB_KINDS["lengthy"]


def workers(processes: int) -> None:
    for number in range(processes):
        job_queue.record_heartbeat(f"w{number}", Process.Kind.WORKER, started_at=NOW, at=NOW)


def publish_due() -> list[str]:
    return [job.key for job in job_queue.due_jobs(at=NOW) if job_queue.hand_over(job, at=NOW)]


def test_one_organisation_with_many_does_not_keep_another_waiting() -> None:
    many, few = make_organization("many"), make_organization("few")
    for number in range(50):
        outbox.queue("probe", {}, key=f"many-{number}", organization=many, at=NOW - timedelta(hours=1))
    outbox.queue("probe", {}, key="few", organization=few, at=NOW)
    workers(2)
    assert publish_due() == ["many-0", "few", "many-1", "many-2"], "two for each process, in turn"
    assert publish_due() == [], "until the workers have begun those"


def test_a_job_that_no_worker_heard_of_is_due_again_and_two_relays_hand_it_over_once() -> None:
    outbox.queue("probe", {}, key="one", at=NOW)
    (first,), (second,) = job_queue.due_jobs(at=NOW), job_queue.due_jobs(at=NOW)
    assert [job_queue.hand_over(job, at=NOW) for job in (first, second)] == [True, False]
    assert job_queue.due_jobs(at=NOW + timedelta(seconds=14)) == []
    later = NOW + timedelta(seconds=16)
    (again,) = job_queue.due_jobs(at=later)
    assert job_queue.hand_over(again, at=later)


def test_long_jobs_leave_a_process_for_the_others() -> None:
    for number in range(4):
        outbox.queue("lengthy", {}, key=f"lengthy-{number}", at=NOW)
    workers(3)
    assert len(publish_due()) == 2
    outbox.queue("probe", {}, key="short", at=NOW)
    assert publish_due() == ["short"]


def test_a_job_without_attempt_is_due_at_any_clock() -> None:
    outbox.queue("probe", {}, key="ahead", at=NOW + timedelta(hours=1))
    assert [job.key for job in job_queue.due_jobs(at=NOW)] == ["ahead"]


def test_a_job_of_a_lost_worker_has_failed_within_seconds() -> None:
    job = outbox.queue("probe", {}, key="one", at=NOW)
    (job_handed_over,) = job_queue.due_jobs(at=NOW)
    job_queue.hand_over(job_handed_over, at=NOW)
    claimed = outbox._claim(job.pk, at=NOW, by="w0")
    assert claimed is not None
    alive_at = NOW + timedelta(seconds=15)
    job_queue.record_heartbeat("w0", "worker", started_at=NOW, at=alive_at)
    assert job_queue.fail_lost_jobs(at=NOW + timedelta(seconds=30)) == 0, "it said that it is alive"
    assert job_queue.fail_lost_jobs(at=alive_at + timedelta(seconds=21)) == 1
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("waiting", 1)
    assert "Its process ended in the middle" in job.reason


def test_a_worker_that_hangs_loses_its_job_all_the_same() -> None:
    job = outbox.queue("probe", {}, key="one", at=NOW)
    (job_handed_over,) = job_queue.due_jobs(at=NOW)
    job_queue.hand_over(job_handed_over, at=NOW)
    outbox._claim(job.pk, at=NOW, by="w0")
    much_later = NOW + timedelta(minutes=10)
    job_queue.record_heartbeat("w0", "worker", started_at=NOW, at=much_later)
    assert job_queue.fail_lost_jobs(at=much_later) == 1
    job.refresh_from_db()
    assert "It took longer than 90 s" in job.reason


def test_the_clock_begins_a_job_once_a_period_and_not_on_top_of_an_unfinished_one() -> None:
    period = job_queue.PeriodicJob("probe", 60)
    job_queue.PERIODIC_JOBS.append(period)
    try:
        for seconds in (0, 1, 59, 60, 120):
            job_queue.queue_periodic_jobs(at=NOW + timedelta(seconds=seconds))
        assert Job.objects.filter(kind="probe").count() == 1
        Job.objects.filter(kind="probe").update(state="done", done_at=NOW)
        for seconds in (0, 59, 120, 121):
            job_queue.queue_periodic_jobs(at=NOW + timedelta(seconds=seconds))
        assert Job.objects.filter(kind="probe").count() == 2
    finally:
        job_queue.PERIODIC_JOBS.remove(period)


def test_old_jobs_are_deleted() -> None:
    for key, state, days in (("new", "done", 6), ("old", "done", 8), ("parked", "parked", 31)):
        outbox.queue("probe", {}, key=key, at=NOW)
        old_time = NOW - timedelta(days=days)
        Job.objects.filter(key=key).update(state=state, done_at=old_time, next_at=old_time)
    job_queue.delete_old_jobs(at=NOW)
    assert list(Job.objects.values_list("key", flat=True)) == ["new"]
