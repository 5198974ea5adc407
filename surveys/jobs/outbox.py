"""Jobs outside the transaction that causes them: a row is written with the cause and carried out later by a worker.

Each kind of job has a handler. A handler does the slow or external work, and returns an effect. The effect is written
in one transaction with the end of the job, so that a repeated or late worker changes nothing twice. If that is too
much for one transaction, the handler writes rows that no other code reads yet, each time while `holding` the job. The
effect then makes them visible.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from surveys.models import Job as Job  # handlers of jobs in other folders name it
from surveys.models import Organization
from surveys.tenancy.organization_scope import across_organizations, organization_scope

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
MAX_REASON_LENGTH = 500

Effect = Callable[[], object]
Handler = Callable[..., Effect | None]


class JobFailed(Exception):
    """The job failed. The message is for the analyst, and contains no address, answer or token."""


class LeaseLost(Exception):
    """Another worker has taken the job meanwhile."""


class JobOutcome(StrEnum):
    DONE = "done"
    FAILED = "failed"
    PARKED = "parked"
    NOT_HELD = "not ours"


@dataclass(frozen=True)
class JobKind:
    """A kind of job. `seconds` is the soft time limit. `on_parked` is called after the last failure."""

    name: str
    label: "StrOrPromise"
    handler: Handler
    seconds: int
    on_parked: Callable[[Job], None] | None

    @property
    def hard_seconds(self) -> int:
        """Returns the hard time limit, after which the process is killed."""
        return self.seconds + int(settings.OUTBOX_GRACE_SECONDS)


JOB_KINDS: dict[str, JobKind] = {}


def handles(
    name: str, *, label: "StrOrPromise", seconds: int = 60, on_parked: Callable[[Job], None] | None = None
) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        if name in JOB_KINDS:
            raise ValueError(f"{name} has a handler already.")
        JOB_KINDS[name] = JobKind(name, label, handler, seconds, on_parked)
        return handler

    return register


def queue(
    kind: str,
    payload: Mapping[str, Any],
    *,
    key: str,
    organization: Organization | None = None,
    at: datetime,
    secret: str = "",
) -> Job:
    """Stores a job. Call it inside the transaction that causes the effect. Two calls with one key store one job.

    `secret` is text that contains a link, a code or an address. It is sealed, and deleted when the job is done.
    """
    if kind not in JOB_KINDS:
        raise ValueError(f"No handler is registered for {kind}.")
    columns = {
        "kind": kind,
        "payload_json": json.dumps(payload),
        "organization": organization,
        "queued_at": at,
        "next_at": at,
        "sealed": secret,
    }
    with across_organizations():
        return Job.objects.get_or_create(key=key, defaults=columns)[0]


def carry_out(pk: int, *, at: datetime, by: str = "") -> JobOutcome:
    """Carries out a job that a relay handed over. Attempts are counted before they start, also those that crash the
    process.

    `by` names the process, which reports every few seconds that it is alive. Without it, the lease lasts for the
    longest hard limit of all kinds.
    """
    job = _claim(pk, at=at, by=by)
    if job is None:
        return JobOutcome.NOT_HELD
    started = time.monotonic()
    try:
        with _scope_of(job):
            effect = _handler(job)(job, at=at)
            return _finish(job, effect, at=_time_after(at, started))
    except LeaseLost:
        return _lease_lost(job)
    except Exception as error:
        if not isinstance(error, JobFailed):
            log.exception("Job %s (%s) failed.", job.pk, job.kind)
        return fail(job, reason=_reason(job, error), at=_time_after(at, started))


def _claim(pk: int, *, at: datetime, by: str) -> Job | None:
    handed_over = Job.objects.filter(pk=pk, state=Job.State.WAITING, published_at__isnull=False)
    seconds = settings.OUTBOX_LEASE_SECONDS if by else max(kind.hard_seconds for kind in JOB_KINDS.values())
    is_claimed = handed_over.update(
        state=Job.State.LEASED,
        attempts=F("attempts") + 1,
        started_at=at,
        leased_until=at + timedelta(seconds=seconds),
        leased_by=by,
    )
    return Job.objects.select_related("organization").get(pk=pk) if is_claimed else None


def _handler(job: Job) -> Handler:
    kind = JOB_KINDS.get(job.kind)
    if kind is None:
        raise JobFailed(_("No handler is registered for jobs of the kind {kind}.").format(kind=job.kind))
    return kind.handler


def _scope_of(job: Job) -> AbstractContextManager[None]:
    """Returns the scope of the organisation of the job, or that of all organisations for jobs of the installation."""
    return organization_scope(job.organization_id) if job.organization_id else across_organizations()


def _held_row(job: Job) -> Any:
    """Returns the row while this attempt holds it. The number of the attempt reveals that another worker took the
    job."""
    return Job.objects.filter(pk=job.pk, state=Job.State.LEASED, attempts=job.attempts)


@contextmanager
def holding(job: Job) -> Iterator[None]:
    """Opens a transaction of a handler in which no other worker can take the job. Raises LeaseLost if one has taken
    it."""
    with transaction.atomic():
        if _held_row(job).select_for_update().values_list("pk").first() is None:
            raise LeaseLost
        yield


def _lease_lost(job: Job) -> JobOutcome:
    log.warning("Job %s (%s) was given to another worker meanwhile.", job.pk, job.kind)
    return JobOutcome.NOT_HELD


@transaction.atomic
def _finish(job: Job, effect: Effect | None, *, at: datetime) -> JobOutcome:
    if not _held_row(job).update(
        state=Job.State.DONE, done_at=at, sealed="", reason="", leased_until=None, published_at=None
    ):
        return _lease_lost(job)
    if effect is not None:
        effect()
    return JobOutcome.DONE


@transaction.atomic
def fail(job: Job, *, reason: str, at: datetime) -> JobOutcome:
    """Makes a job due again after a growing pause, or parks it after the last attempt."""
    is_last = job.attempts >= MAX_ATTEMPTS
    pauses = settings.OUTBOX_PAUSES
    is_updated = _held_row(job).update(
        state=Job.State.PARKED if is_last else Job.State.WAITING,
        next_at=at + timedelta(seconds=pauses[min(job.attempts, len(pauses)) - 1]),
        reason=reason[:MAX_REASON_LENGTH],
        leased_until=None,
        published_at=None,
    )
    if not is_updated:
        return JobOutcome.NOT_HELD
    if not is_last:
        return JobOutcome.FAILED
    log.error("Job %s (%s) is parked after %s tries: %s", job.pk, job.kind, job.attempts, reason)
    kind = JOB_KINDS.get(job.kind)
    if kind is not None and kind.on_parked is not None:
        job.refresh_from_db()
        with _scope_of(job):
            kind.on_parked(job)
    return JobOutcome.PARKED


def try_again(job: Job, *, at: datetime) -> bool:
    """Makes a parked job due at once, with all attempts. Returns False if it is not parked."""
    parked_jobs = Job.objects.filter(pk=job.pk, state=Job.State.PARKED)
    return bool(parked_jobs.update(state=Job.State.WAITING, attempts=0, next_at=at, published_at=None))


def _reason(job: Job, error: Exception) -> str:
    if isinstance(error, JobFailed):
        return str(error)
    if isinstance(error, SoftTimeLimitExceeded):
        return _("It took longer than {seconds} s.").format(seconds=JOB_KINDS[job.kind].seconds)
    if isinstance(error, MemoryError):
        return _("It needed more memory than a job may have.")
    return _("It ended with {error}; the log of the worker says where.").format(error=type(error).__name__)


def _time_after(at: datetime, started: float) -> datetime:
    return at + timedelta(seconds=time.monotonic() - started)
