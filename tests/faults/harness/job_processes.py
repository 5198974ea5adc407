"""Runs the processes behind the pages: broker, relay and workers of one installation, with the probes among their
jobs."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import redis

from posture.launch import commands
from posture.launch.places import ROOT
from tests.faults.harness.child import Child
from tests.faults.harness.installation import Installation, Template
from tests.support.processes import children_of

SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.faults.harness.jobs_settings", "WORKER_MEMORY_MB": "1000"}


FEEDER_CODE = "from tests.faults.harness.probes import *; feed()"


class JobProcesses:
    def __init__(self, installation: Installation, *, workers: int = 1) -> None:
        self.installation = installation
        self.broker = installation.broker()
        self.relay = installation.relay()
        self.workers = [_worker(installation, number) for number in range(workers)]
        self.feeder: subprocess.Popen[str] | None = None

    def start(self) -> None:
        for child in (self.broker, self.relay, *self.workers):
            child.start()

    @property
    def queue(self) -> "redis.Redis[bytes]":
        return redis.Redis(unix_socket_path=str(commands.broker_socket(self.installation.var)))

    def queue_jobs(self, kind: str, *, count: int = 1, prefix: str = "", organization: str = "") -> None:
        """Queues jobs through one process that keeps running, because each start of the product takes seconds."""
        if self.feeder is None:
            self.feeder = subprocess.Popen(
                [sys.executable, "manage.py", "shell", "--no-imports", "-c", FEEDER_CODE],
                cwd=ROOT,
                env=self.installation.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self.feeder.stdin is not None
        assert self.feeder.stdout is not None
        job_request = {"kind": kind, "count": count, "prefix": prefix, "organization": organization}
        print(json.dumps(job_request), file=self.feeder.stdin, flush=True)
        assert self.feeder.stdout.readline() == "put\n"

    def close(self) -> None:
        if self.feeder is not None:
            self.feeder.communicate()

    def jobs(self, prefix: str) -> list[tuple[str, int, str]]:
        """Returns state, attempts and reason of each job."""
        return self.installation.rows(
            f"SELECT state, attempts, reason FROM surveys_job WHERE key LIKE '{prefix}-%' ORDER BY id"
        )

    def slowest_seconds(self, prefix: str) -> float:
        """Returns the seconds from queueing to completion of the slowest job."""
        rows = self.installation.rows(
            f"SELECT queued_at, done_at FROM surveys_job WHERE key LIKE '{prefix}-%'"
        )
        moments = [[datetime.fromisoformat(str(moment)) for moment in row] for row in rows]
        return max((done - queued).total_seconds() for queued, done in moments)

    def effects(self, prefix: str) -> dict[str, int]:
        """Returns how often each effect was written into the database."""
        statement = f"""
            SELECT about, count(*) FROM surveys_auditentry
            WHERE action = 'probe.effect' AND about LIKE '{prefix}-%' GROUP BY about"""
        return dict(self.installation.rows(statement))

    def wait_for(self, prefix: str, state: str, *, seconds: float) -> float:
        """Waits until all jobs are in the state, and returns the seconds that it took."""
        started = time.monotonic()
        wait(
            lambda: {job[0] for job in self.jobs(prefix)} == {state},
            seconds=seconds,
            detail=lambda: self.jobs(prefix),
        )
        return time.monotonic() - started


def _worker(installation: Installation, number: int) -> Child:
    """Starts a worker, which is ready when it has started its pool processes. Several workers share the file by which
    the launcher detects that."""
    child = installation.add(
        f"worker-{number}", commands.worker(), answers=lambda: bool(children_of(child.pid))
    )
    return child


def wait(condition: Callable[[], bool], *, seconds: float, detail: Callable[[], Any] = lambda: "") -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited for {seconds} s: {detail()}")
        time.sleep(0.1)


@contextmanager
def job_processes(template: Template, *, workers: int = 1, **settings: str) -> Iterator[JobProcesses]:
    with template.copy(**SETTINGS | settings) as installation:
        processes = JobProcesses(installation, workers=workers)
        try:
            processes.start()
            yield processes
        finally:
            processes.close()


def restart(child: Child) -> None:
    child.stop()
    child.start()
