"""Checks background work: the broker, waiting jobs and failed jobs."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.apps import apps

from posture.operations import readiness
from posture.operations.doctor.finding import Finding, found
from surveys.jobs import job_queue

LONGEST_WAIT = timedelta(minutes=5)


def findings(at: datetime) -> Iterator[Finding]:
    broker = readiness.broker()
    yield found(
        "broker",
        broker,
        wrong=broker != readiness.OK,
        fix="Mails and computations wait until the broker of REDIS_URL answers; nothing is lost.",
    )
    for kind in ("relay", "worker"):
        standing = job_queue.process_status(kind, at=at)
        seen = f", last seen {standing.last_seen:%Y-%m-%d %H:%M} UTC" if standing.last_seen else ""
        yield found(
            f"{kind} processes",
            f"{standing.count}{seen}",
            wrong=not standing.count,
            fix=f"Jobs wait in the database: start a {kind}.",
        )
    jobs = apps.get_model("surveys", "Job").objects.all()
    late = jobs.filter(state="waiting", attempts=0, queued_at__lt=at - LONGEST_WAIT).count()
    yield found(
        "jobs waiting",
        f"{jobs.filter(state='waiting').count()}, of which {late} are late",
        wrong=bool(late),
        fix="Nobody carries them out: see that a relay and a worker run.",
    )
    parked = jobs.filter(state="parked").count()
    yield found(
        "jobs parked",
        parked,
        wrong=bool(parked),
        fix="Their page in the studio says why, and tries them again.",
    )
