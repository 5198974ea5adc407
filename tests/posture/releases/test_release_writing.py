"""Tests that the rows of a release are written in many short transactions: no writer of answers waits, no reader sees
a part of them, and a worker that lost its job writes none."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from posture.analysis.estimates.rows import Row
from posture.models import Release
from posture.releases import computation, short_transactions
from posture.releases.lifecycle import compute_job_effect, compute_release, request_release
from posture.releases.queries import visible_release
from posture.releases.short_transactions import MAX_GAP_SECONDS, ROWS_PER_TRANSACTION, ShortTransactions
from surveys.jobs import job_queue, outbox
from surveys.models import Job
from tests.posture.releases.test_lifecycle import answered_wave
from tests.support.builders import NOW, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.long]

LONGEST_SECONDS = 0.2
MANY = 20_000


def leased(job: Job) -> Job:
    """Returns the job as a worker holds it."""
    lease = {"state": Job.State.LEASED, "attempts": job.attempts + 1, "leased_until": NOW}
    Job.objects.filter(pk=job.pk).update(**lease)
    return Job.objects.get(pk=job.pk)


@pytest.fixture
def analyst() -> Any:
    return make_user("analyst", is_staff=True)


@pytest.fixture
def release(analyst: Any) -> Release:
    return request_release(answered_wave(is_open=False).pk, by=analyst, at=NOW)


@pytest.mark.database
def test_a_release_is_invisible_while_it_is_written(release: Release, analyst: Any) -> None:
    show = compute_job_effect(leased(Job.objects.get()), at=NOW)
    assert show is not None
    assert release.estimates.filter(status="published").exists()
    client = Client()
    client.force_login(analyst)
    assert client.get(f"/releases/{release.slug}/").status_code == 404
    page = client.get(f"/studio/releases/{release.slug}/")
    assert (page.context["counts"], page.context["pack"]) == ({"published": 0, "suppressed": 0}, None)
    show()
    assert visible_release(release.slug, reader=analyst)
    page = client.get(f"/studio/releases/{release.slug}/")
    assert page.context["counts"]["published"] == release.estimates.filter(status="published").count() > 0


@pytest.mark.database
def test_rows_of_an_interrupted_attempt_are_removed(release: Release) -> None:
    assert compute_job_effect(leased(Job.objects.get()), at=NOW) is not None
    old_rows = set(release.estimates.values_list("pk", flat=True))
    show = compute_job_effect(leased(Job.objects.get()), at=NOW)
    assert show is not None
    assert old_rows.isdisjoint(release.estimates.values_list("pk", flat=True))
    assert release.estimates.count() == len(old_rows)


@pytest.mark.database
@pytest.mark.parametrize("transactions", [0, 3])
def test_a_worker_that_lost_its_job_writes_nothing(
    release: Release, monkeypatch: pytest.MonkeyPatch, transactions: int
) -> None:
    """Another worker takes the job after this number of transactions."""
    monkeypatch.setattr(short_transactions, "ROWS_PER_TRANSACTION", 5)
    holding, transaction_numbers = outbox.holding, iter(range(1000))

    def lose_lease(self: ShortTransactions) -> AbstractContextManager[None]:
        if next(transaction_numbers) == transactions:
            Job.objects.filter(pk=self.job.pk).update(attempts=self.job.attempts + 1)
        return holding(self.job)

    job = leased(Job.objects.get())
    with monkeypatch.context() as patched:
        patched.setattr(ShortTransactions, "_transaction", lose_lease)
        with pytest.raises(outbox.LeaseLost):
            compute_job_effect(job, at=NOW)
    assert release.estimates.count() == 5 * transactions
    show = compute_job_effect(Job.objects.get(), at=NOW)
    assert show is not None
    show()
    release.refresh_from_db()
    assert (release.status, release.estimates.filter(status="published").exists()) == ("draft", True)


@pytest.mark.database
def test_a_late_worker_does_not_change_the_release(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose_job(*_: Any, **__: Any) -> None:
        Job.objects.update(attempts=5)
        Release.objects.update(stage="What the other worker does")
        raise ArithmeticError

    monkeypatch.setattr(computation.Estimates, "rows", lose_job)
    assert job_queue.carry_out_now(f"release:{release.pk}", at=NOW) is outbox.JobOutcome.NOT_HELD
    release.refresh_from_db()
    assert (release.status, release.stage) == ("computing", "What the other worker does")
    assert Job.objects.get().state == Job.State.LEASED


@dataclass
class WriteLock:
    """Measures the duration of each transaction of a connection, in seconds of processor time of this thread, and the
    pause before it. On SQLite the first is how long the database was locked, on any machine and beside any other
    work."""

    durations: list[float] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    @contextmanager
    def measured(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        begin, commit = connection._start_transaction_under_autocommit, connection._commit
        began, ended = [0.0], [0.0]

        def timed_begin() -> None:
            begin()
            began[0] = time.thread_time()
            self.pauses.append(time.monotonic() - ended[0])

        def timed_commit() -> None:
            commit()
            self.durations.append(time.thread_time() - began[0])
            ended[0] = time.monotonic()

        with monkeypatch.context() as patched:
            patched.setattr(connection, "_start_transaction_under_autocommit", timed_begin)
            patched.setattr(connection, "_commit", timed_commit)
            yield


@pytest.mark.alone
@pytest.mark.django_db(transaction=True)
def test_transactions_of_a_large_release_are_short(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    """The release is written after an interrupted attempt. On SQLite only: writers of PostgreSQL do not wait for each
    other."""
    estimates = computation.Estimates.rows

    def many(*arguments: Any, **options: Any) -> list[Row]:
        rows = estimates(*arguments, **options)
        return rows + [replace(rows[0], option=f"copy {number}") for number in range(MANY)]

    monkeypatch.setattr(computation.Estimates, "rows", many)
    monkeypatch.setattr(computation.Computation, "objections", lambda *_: [])
    lock = WriteLock()
    with lock.measured(monkeypatch):
        assert compute_job_effect(leased(Job.objects.get()), at=NOW) is not None
        Job.objects.update(state=Job.State.WAITING, leased_until=None)
        assert compute_release(release.pk, at=NOW)
    assert Release.objects.get().estimates.count() > MANY
    assert max(lock.durations) < LONGEST_SECONDS
    assert len(lock.durations) > 3 * MANY / ROWS_PER_TRANSACTION
    long = [place for place, worked in enumerate(lock.durations[:-1]) if worked > LONGEST_SECONDS / 10]
    assert all(lock.pauses[place + 1] >= min(lock.durations[place], MAX_GAP_SECONDS) for place in long)
