"""Set-up of each worker process: a heartbeat in the database, and a memory limit."""

import logging
import os
import resource
import secrets
import socket
import sys
import threading
from typing import Any

from celery.signals import worker_process_init, worker_process_shutdown
from django.conf import settings
from django.db import DatabaseError, connection

from surveys.jobs import job_queue
from surveys.tenancy.organization_scope import for_all_organizations

log = logging.getLogger(__name__)

MEGABYTE = 2**20


class Heartbeat(threading.Thread):
    """Heartbeat thread. It ends with the process, however that ends; then the lease of the current job is not
    extended."""

    def __init__(self, kind: str) -> None:
        super().__init__(daemon=True, name="pulse")
        self.identity = f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"
        self.kind = kind
        self.stopped = threading.Event()

    @for_all_organizations
    def run(self) -> None:
        started_at = None
        while not self.stopped.is_set():
            try:
                at = job_queue.database_time()
                started_at = started_at or at
                job_queue.record_heartbeat(self.identity, self.kind, started_at=started_at, at=at)
            except (DatabaseError, MemoryError):
                log.exception("The database does not hear that this process is alive.")
                connection.close()
            self.stopped.wait(settings.OUTBOX_LEASE_SECONDS / 4)

    def stop(self) -> None:
        self.stopped.set()
        self.join(timeout=5)
        try:
            job_queue.remove_process(self.identity)
        except DatabaseError:
            log.warning("The database does not hear that this process stops.")


_heartbeats: list[Heartbeat] = []


def process_name() -> str:
    return _heartbeats[-1].identity if _heartbeats else ""


@worker_process_init.connect
def start_heartbeat(**_: Any) -> None:
    """Runs in the new worker process, which shares only the code with its parent."""
    limit_memory(settings.WORKER_MEMORY_MB)
    _heartbeats[:] = [Heartbeat("worker")]
    _heartbeats[0].start()


@worker_process_shutdown.connect
def stop_heartbeat(**_: Any) -> None:
    for heartbeat in _heartbeats:
        heartbeat.stop()


def limit_memory(megabytes: int) -> None:
    """Limits the memory of the process. A job that needs more gets a MemoryError and affects no other job. Only Linux
    includes all memory in this limit."""
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (megabytes * MEGABYTE, megabytes * MEGABYTE))
