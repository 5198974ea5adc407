"""Checks background work: the broker, waiting jobs and failed jobs."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.apps import apps

from posture.operations import readiness
from posture.operations.doctor.finding import Finding, make_finding
from surveys.jobs import job_queue

MAX_WAIT = timedelta(minutes=5)


def findings(at: datetime) -> Iterator[Finding]:
    broker = readiness.broker()
    yield make_finding(
        "broker",
        broker,
        is_wrong=broker != readiness.OK,
        fix="Mails and computations wait until the broker of REDIS_URL answers; nothing is lost.",
    )
    for kind in ("relay", "worker"):
        processes = job_queue.process_status(kind, at=at)
        last_seen = f", last seen {processes.last_seen:%Y-%m-%d %H:%M} UTC" if processes.last_seen else ""
        yield make_finding(
            f"{kind} processes",
            f"{processes.count}{last_seen}",
            is_wrong=not processes.count,
            fix=f"Jobs wait in the database: start a {kind}.",
        )
    jobs = apps.get_model("surveys", "Job").objects.all()
    late = jobs.filter(state="waiting", attempts=0, queued_at__lt=at - MAX_WAIT).count()
    yield make_finding(
        "jobs waiting",
        f"{jobs.filter(state='waiting').count()}, of which {late} are late",
        is_wrong=bool(late),
        fix="Nobody carries them out: see that a relay and a worker run.",
    )
    parked = jobs.filter(state="parked").count()
    yield make_finding(
        "jobs parked",
        parked,
        is_wrong=bool(parked),
        fix="Their page in the studio says why, and tries them again.",
    )
