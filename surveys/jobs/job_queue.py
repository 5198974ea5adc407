"""Decisions of the relay, made in the database: due jobs and their order, lost jobs, and periodic jobs.

Several relays may run at the same time, because each step is one conditional statement.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from surveys.jobs import outbox
from surveys.models import Job, Process

log = logging.getLogger(__name__)

JOBS_PER_PROCESS = 2
LONG_JOB_SECONDS = 120
MAX_HEARTBEAT_AGE_SECONDS = 20
DONE_RETENTION = timedelta(days=7)
PARKED_RETENTION = timedelta(days=30)

HANDED_OVER = Q(state=Job.State.WAITING, published_at__isnull=False)


@dataclass(frozen=True)
class PeriodicJob:
    """A periodic job, queued once in this many seconds by any number of relays."""

    kind: str
    seconds: int


PERIODIC_JOBS: list[PeriodicJob] = []


def register_periodic_job(seconds: int, kind: str) -> None:
    PERIODIC_JOBS.append(PeriodicJob(kind, seconds))


def database_time() -> datetime:
    """Returns the time of the database, so that leases hold among machines whose clocks differ.

    On SQLite it is the time of this machine, which is the only one.
    """
    if connection.vendor == "sqlite":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        time: datetime = cursor.fetchone()[0]
    return time.astimezone(UTC)


def due_jobs(*, at: datetime) -> list[Job]:
    """Returns the due jobs that the workers have room for, in turn from each organisation and kind.

    So a thousand jobs of one organisation do not delay those of another. Jobs of more than 120 seconds leave one
    process free for the others.
    """
    processes = max(1, live_processes(Process.Kind.WORKER, at=at).count())
    handed_over_kinds = list(Job.objects.filter(HANDED_OVER, next_at__gt=at).values_list("kind", flat=True))
    running_kinds = list(Job.objects.filter(state=Job.State.LEASED).values_list("kind", flat=True))
    free_places = JOBS_PER_PROCESS * processes - len(handed_over_kinds)
    if free_places <= 0:
        return []
    rank = Window(RowNumber(), partition_by=[F("organization_id"), F("kind")], order_by=["next_at", "pk"])
    ranked = _due(at).annotate(rank=rank).order_by("rank", "next_at", "pk")
    long_kinds = {kind.name for kind in outbox.JOB_KINDS.values() if kind.seconds > LONG_JOB_SECONDS}
    places_for_long_jobs = max(1, processes - 1) - sum(
        kind in long_kinds for kind in handed_over_kinds + running_kinds
    )
    chosen = list((ranked if places_for_long_jobs > 0 else ranked.exclude(kind__in=long_kinds))[:free_places])
    excess = [job for job in chosen if job.kind in long_kinds][max(0, places_for_long_jobs) :]
    return [job for job in chosen if job not in excess]


def _due(at: datetime) -> QuerySet[Job]:
    """Returns the due jobs. A job without an attempt is due at any time, so that the clock of its writer does not
    matter."""
    without_attempt = Q(attempts=0, published_at__isnull=True)
    return Job.objects.filter(Q(next_at__lte=at) | without_attempt, state=Job.State.WAITING)


def hand_over(job: Job, *, at: datetime) -> bool:
    """Reserves a job for handing it to a worker. Returns True to one relay only.

    A job that no worker starts is due again after OUTBOX_UNHEARD_SECONDS.
    """
    unchanged = Job.objects.filter(
        pk=job.pk, state=Job.State.WAITING, next_at=job.next_at, published_at=job.published_at
    )
    due_again_at = at + timedelta(seconds=settings.OUTBOX_UNHEARD_SECONDS)
    return bool(unchanged.update(published_at=at, next_at=due_again_at))


def take_back(job: Job, *, at: datetime) -> None:
    """Makes a job due again that the broker did not accept."""
    Job.objects.filter(HANDED_OVER, pk=job.pk).update(published_at=None, next_at=at)


def carry_out_now(key: str, *, at: datetime) -> outbox.JobOutcome:
    """Carries out a job without a worker: for the demo data and tests."""
    job = _due(at).filter(key=key).first()
    if job is None or not hand_over(job, at=at):
        return outbox.JobOutcome.NOT_HELD
    return outbox.carry_out(job.pk, at=at)


def fail_lost_jobs(*, at: datetime) -> int:
    """Fails the jobs whose worker no longer reports that it is alive. Returns their number."""
    lost_jobs = Job.objects.filter(state=Job.State.LEASED, leased_until__lt=at)
    for job in lost_jobs:
        outbox.fail(job, reason=_loss_reason(job, at), at=at)
    return len(lost_jobs)


def _loss_reason(job: Job, at: datetime) -> str:
    kind = outbox.JOB_KINDS.get(job.kind)
    if kind is not None and job.started_at and at >= job.started_at + timedelta(seconds=kind.hard_seconds):
        return _("It took longer than {seconds} s, and its process was stopped.").format(
            seconds=kind.hard_seconds
        )
    return _("Its process ended in the middle: it was stopped, crashed, or needed too much memory.")


def queue_periodic_jobs(*, at: datetime) -> None:
    """Queues one job for each period, by its key. Queues none while an earlier one is unfinished."""
    for period in PERIODIC_JOBS:
        number = int(at.timestamp() // period.seconds)
        key = f"{period.kind}@{number * period.seconds}"
        unfinished = Job.objects.filter(kind=period.kind, state__in=(Job.State.WAITING, Job.State.LEASED))
        if not Job.objects.filter(key=key).exists() and not unfinished.exists():
            outbox.queue(period.kind, {}, key=key, at=at)


def record_heartbeat(name: str, kind: str, *, started_at: datetime, at: datetime) -> None:
    """Records that a process is alive, and extends the leases of its jobs.

    A lease ends once the job has run longer than its hard limit and the grace period.
    """
    columns = {"kind": kind, "started_at": started_at, "seen_at": at}
    Process.objects.update_or_create(name=name, defaults=columns)
    for job in Job.objects.filter(state=Job.State.LEASED, leased_by=name):
        limit = outbox.JOB_KINDS[job.kind].hard_seconds if job.kind in outbox.JOB_KINDS else 0
        running_until = min(
            at, (job.started_at or at) + timedelta(seconds=limit + settings.OUTBOX_GRACE_SECONDS)
        )
        leased_until = running_until + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
        Job.objects.filter(pk=job.pk, attempts=job.attempts, state=Job.State.LEASED).update(
            leased_until=leased_until
        )


def remove_process(name: str) -> None:
    Process.objects.filter(name=name).delete()


def live_processes(kind: str, *, at: datetime) -> QuerySet[Process]:
    return Process.objects.filter(kind=kind, seen_at__gte=at - timedelta(seconds=MAX_HEARTBEAT_AGE_SECONDS))


@dataclass(frozen=True)
class ProcessStatus:
    """The number of live processes of a kind. `last_seen` is set if none is alive and one was within the last day."""

    kind: str
    count: int
    last_seen: datetime | None

    @property
    def text(self) -> str:
        if not self.count:
            return _("No relay") if self.kind == Process.Kind.RELAY else _("No worker")
        if self.kind == Process.Kind.RELAY:
            return ngettext("A relay runs", "{number} relays run", self.count).format(number=self.count)
        return ngettext(
            "Workers run, with {number} process", "Workers run, with {number} processes", self.count
        ).format(number=self.count)


def process_status(kind: str, *, at: datetime) -> ProcessStatus:
    count = live_processes(kind, at=at).count()
    newest = Process.objects.filter(kind=kind).order_by("-seen_at").first()
    return ProcessStatus(kind, count, newest.seen_at if newest and not count else None)


@transaction.atomic
def delete_old_jobs(*, at: datetime) -> None:
    """Deletes done jobs, with their keys, after a week, parked jobs after a month, and silent processes after a day."""
    Job.objects.filter(state=Job.State.DONE, done_at__lt=at - DONE_RETENTION).delete()
    Job.objects.filter(state=Job.State.PARKED, next_at__lt=at - PARKED_RETENTION).delete()
    Process.objects.filter(seen_at__lt=at - timedelta(days=1)).delete()


@outbox.handles("outbox.tidy", label=lazy("Removing old jobs"))
def _delete_old_jobs_job(job: Job, *, at: datetime) -> outbox.Effect:
    return lambda: delete_old_jobs(at=at)


register_periodic_job(3600, "outbox.tidy")


def job_counts() -> dict[str, int]:
    """Returns the number of jobs by state, for the studio and for `doctor`."""
    counted = Job.objects.order_by().values_list("state").annotate(Count("pk"))
    return dict.fromkeys(Job.State.values, 0) | dict(counted)


def recent_jobs(states: Iterable[str], *, limit: int) -> list[Job]:
    rows = Job.objects.filter(state__in=states).select_related("organization")
    return list(rows.order_by(F("done_at").desc(nulls_last=True), "-pk")[:limit])
