"""Jobs that misbehave, and functions that queue them. Only `tests.faults.harness.jobs_settings` makes them known."""

import json
import os
import secrets
import sys
import time
import urllib.request
from datetime import datetime
from typing import Any

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from surveys.audit.trail import note
from surveys.jobs import outbox
from surveys.mail.emails import queue_mail
from surveys.models import Organization
from tests.support.builders import make_user
from tests.support.signed_in import patch_test_client

MEGABYTE = 2**20
SECONDS = 1


def _audit_effect(job: outbox.Job, at: datetime) -> outbox.Effect:
    """Writes the effect into the database: one entry of the audit trail per call."""
    return lambda: note("probe.effect", about=job.key, at=at)


@outbox.handles("probe.call", label="Call")
def call(job: outbox.Job, *, at: datetime) -> outbox.Effect:
    address = f"http://127.0.0.1:{os.environ['HOOK_PORT']}/"
    request = urllib.request.Request(address, b"event", {"Event-Id": job.key})
    try:
        with urllib.request.urlopen(request, timeout=5):
            return _audit_effect(job, at)
    except OSError as error:
        raise outbox.JobFailed(f"The receiver did not take it: {type(error).__name__}.") from None


@outbox.handles("probe.quick", label="Quick")
def quick(job: outbox.Job, *, at: datetime) -> outbox.Effect:
    time.sleep(0.02)
    return _audit_effect(job, at)


@outbox.handles("probe.slow", label="Slow")
def slow(job: outbox.Job, *, at: datetime) -> outbox.Effect:
    time.sleep(1)
    return _audit_effect(job, at)


@outbox.handles("probe.raise", label="Raises")
def fails(job: outbox.Job, *, at: datetime) -> None:
    raise ArithmeticError("no way")


@outbox.handles("probe.loop", label="Loops", seconds=SECONDS)
def loops(job: outbox.Job, *, at: datetime) -> None:
    while True:
        pass


@outbox.handles("probe.stubborn", label="Loops and does not listen", seconds=SECONDS)
def stubborn(job: outbox.Job, *, at: datetime) -> None:
    while True:
        try:
            while True:
                time.sleep(0.01)
        except SoftTimeLimitExceeded:
            pass


@outbox.handles("probe.exit", label="Ends its process")
def exits(job: outbox.Job, *, at: datetime) -> None:
    os._exit(3)


@outbox.handles("probe.allocate", label="Needs 2 GB")
def allocates(job: outbox.Job, *, at: datetime) -> None:
    blocks = [bytearray(b"x") * (256 * MEGABYTE) for _ in range(8)]
    raise AssertionError(f"{len(blocks)} blocks were given")


@outbox.handles("probe.huge", label="Has a huge result")
def huge(job: outbox.Job, *, at: datetime) -> Any:
    return "x" * (64 * MEGABYTE)


def queue_probes(kind: str, *, count: int, prefix: str, organization: str) -> None:
    owner = Organization.objects.get(slug=organization) if organization else None
    with transaction.atomic():
        for number in range(count):
            key = f"{prefix or kind}-{number}"
            if kind == "mail":
                queue_mail(
                    to="a@b.example",
                    subject="S",
                    text="T",
                    key=key,
                    organization=owner,
                    rate=None,
                    at=timezone.now(),
                )
            else:
                outbox.queue(kind, {}, key=key, organization=owner, at=timezone.now())


def feed() -> None:
    """Queues the jobs that each line of the input names, and answers each line. It runs inside an installation by
    `manage.py shell`."""
    for line in sys.stdin:
        queue_probes(**json.loads(line))
        print("put", flush=True)


def print_analyst_cookie() -> None:
    """Prints name and value of the session cookie of an analyst. It runs inside an installation by `manage.py
    shell`."""
    user = make_user("faults", is_staff=True)
    patch_test_client()
    client = Client()
    client.force_login(user)
    print(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)


def plant(fault: str) -> None:
    """Builds the named fault of a negative control into the process."""
    queue = outbox.queue
    if fault == "endless tries":
        outbox.MAX_ATTEMPTS = 10**6
    if fault == "no key":
        outbox.queue = lambda kind, payload, *, key, **named: queue(
            kind, payload, key=f"{key}-{secrets.token_hex(4)}", **named
        )
    if fault == "publish in the request":

        def published(*arguments: Any, **named: Any) -> outbox.Job:
            job = queue(*arguments, **named)
            current_app.send_task("posture.tasks.carry_out", [job.pk])
            return job

        outbox.queue = published


plant(os.environ.get("PLANTED", ""))
