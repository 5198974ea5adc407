from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core import mail as sent
from django.test import override_settings

from surveys.fieldwork import invitations
from surveys.jobs import outbox
from surveys.jobs.job_queue import carry_out_now
from surveys.jobs.outbox import JobOutcome
from surveys.mail import emails
from surveys.models import Invitation, Job
from tests.support.builders import NOW, make_organization, make_wave

pytestmark = [pytest.mark.django_db, pytest.mark.database]


class ProbeHandler:
    """A kind of job that tests control: it raises the given error, and counts its calls."""

    def __init__(self) -> None:
        self.raises: BaseException | None = None
        self.calls = 0
        self.effects = 0
        self.parked: list[int] = []

    def __call__(self, job: Job, *, at: object) -> outbox.Effect:
        self.calls += 1
        if self.raises is not None:
            raise self.raises
        return self._write

    def _write(self) -> None:
        self.effects += 1


@pytest.fixture
def handled() -> Iterator[ProbeHandler]:
    handler = ProbeHandler()
    outbox.handles("probe", label="Probe", on_parked=lambda job: handler.parked.append(job.pk))(handler)
    yield handler
    del outbox.JOB_KINDS["probe"]


def test_the_same_key_twice_is_one_effect(handled: ProbeHandler) -> None:
    first = outbox.queue("probe", {}, key="once", at=NOW)
    second = outbox.queue("probe", {}, key="once", at=NOW)

    assert first == second
    assert carry_out_now("once", at=NOW) == JobOutcome.DONE
    assert carry_out_now("once", at=NOW) == JobOutcome.NOT_HELD
    assert handled.effects == 1


def test_a_job_that_was_not_handed_over_does_not_start(handled: ProbeHandler) -> None:
    job = outbox.queue("probe", {}, key="early", at=NOW)

    assert outbox.carry_out(job.pk, at=NOW) == JobOutcome.NOT_HELD
    assert outbox.carry_out(job.pk + 1, at=NOW) == JobOutcome.NOT_HELD
    assert handled.calls == 0


def test_a_failing_job_pauses_longer_and_longer_and_is_parked_with_its_reason(handled: ProbeHandler) -> None:
    job = outbox.queue("probe", {}, key="fails", at=NOW)
    handled.raises = ValueError("with an answer in it")
    at, pauses = NOW, []
    for _ in range(4):
        assert carry_out_now(job.key, at=at) == JobOutcome.FAILED
        job.refresh_from_db()
        assert carry_out_now(job.key, at=job.next_at - timedelta(seconds=1)) == JobOutcome.NOT_HELD
        pauses.append(round((job.next_at - at).total_seconds()))
        at = job.next_at

    assert carry_out_now(job.key, at=at) == JobOutcome.PARKED
    job.refresh_from_db()
    assert pauses == sorted(set(pauses)), "each pause is longer than the one before"
    assert (job.state, job.attempts) == (Job.State.PARKED, 5)
    assert "ValueError" in job.reason
    assert "answer" not in job.reason
    assert handled.parked == [job.pk]
    assert carry_out_now(job.key, at=at + timedelta(days=1)) == JobOutcome.NOT_HELD

    handled.raises = None
    assert outbox.try_again(job, at=at)
    assert carry_out_now(job.key, at=at) == JobOutcome.DONE


def test_a_late_worker_changes_nothing(handled: ProbeHandler) -> None:
    """Its lease expired while it worked, and another worker has done the job since."""
    job = outbox.queue("probe", {}, key="late", at=NOW)

    def lose_lease(job: Job, *, at: object) -> outbox.Effect:
        Job.objects.filter(pk=job.pk).update(attempts=job.attempts + 1)
        return handled._write

    outbox.JOB_KINDS["probe"] = outbox.JobKind("probe", "Probe", lose_lease, 60, None)
    assert carry_out_now(job.key, at=NOW) == JobOutcome.NOT_HELD
    assert handled.effects == 0


def test_an_invitation_is_sent_once_and_leaves_no_secret() -> None:
    organization = make_organization()
    invitation, token = invitations.invite(
        organization, wave=make_wave(), role="executive", address="a@b.example", at=NOW, by_mail=True
    )
    job = Job.objects.get(key=emails.key_of_invitation(invitation))
    assert job.organization == organization
    assert token not in str(Job.objects.values_list("sealed", "payload_json", "key").get(pk=job.pk))

    assert carry_out_now(job.key, at=NOW) == JobOutcome.DONE
    (message,) = sent.outbox
    assert message.to == ["a@b.example"]
    assert f"http://testserver/s/{token}/" in message.body
    assert message.extra_headers["Message-ID"].endswith("@testserver>")
    job.refresh_from_db()
    assert (job.state, job.sealed) == (Job.State.DONE, "")


@override_settings(BASE_URL="")
def test_without_an_address_nobody_is_invited_by_mail() -> None:
    with pytest.raises(emails.NoBaseUrl):
        invitations.invite(
            make_organization(),
            wave=make_wave(),
            role="executive",
            address="a@b.example",
            at=NOW,
            by_mail=True,
        )
    assert not Job.objects.exists()
    assert not Invitation.objects.exists()
