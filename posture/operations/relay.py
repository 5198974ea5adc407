"""The relay passes due jobs of the outbox to the broker, about once a second. Only the database decides which jobs
are due. So the broker may stop, hang or lose its queue, and several relays may run."""

import logging
import threading
import time
from itertools import takewhile

from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection
from kombu.connection import Connection

from posture.operations.tasks import carry_out
from posture.operations.worker import Heartbeat
from surveys.jobs import job_queue, outbox

log = logging.getLogger(__name__)

PERIOD_SECONDS = 1
TIMEOUTS = {"socket_timeout": 1, "socket_connect_timeout": 1, "max_retries": 0}


class Relay:
    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.last_state = "takes jobs."

    def run(self) -> None:
        heartbeat = Heartbeat("relay")
        heartbeat.start()
        while not self.stopping.is_set():
            started = time.monotonic()
            try:
                self.publish_due()
            except DatabaseError:
                log.exception("The database does not answer; trying again.")
                connection.close()
            self.stopping.wait(max(0.0, PERIOD_SECONDS - (time.monotonic() - started)))
        heartbeat.stop()

    def publish_due(self) -> int:
        """Returns how many jobs the broker accepted. The first refused job ends the round, because a broker that
        hangs costs a second."""
        at = job_queue.database_time()
        job_queue.fail_lost_jobs(at=at)
        job_queue.queue_periodic_jobs(at=at)
        jobs = job_queue.due_jobs(at=at)
        if not jobs:
            return 0
        # A new connection for each round: an old connection would assume that its queue still exists after the broker
        # lost it.
        options = settings.CELERY_BROKER_TRANSPORT_OPTIONS | TIMEOUTS
        with current_app.connection_for_write(transport_options=options) as broker:
            return sum(1 for _ in takewhile(bool, (self._publish(job, broker) for job in jobs)))

    def _publish(self, job: outbox.Job, broker: Connection) -> bool:
        if not job_queue.hand_over(job, at=job_queue.database_time()):
            return True
        kind = outbox.JOB_KINDS.get(job.kind)
        limits = {"soft_time_limit": kind.seconds, "time_limit": kind.hard_seconds} if kind else {}
        try:
            carry_out.apply_async(args=[job.pk], connection=broker, retry=False, **limits)
        except Exception as error:
            job_queue.take_back(job, at=job_queue.database_time())
            self._log_change(f"does not take jobs ({type(error).__name__}); they wait in the database.")
            return False
        self._log_change("takes jobs.")
        return True

    def _log_change(self, state: str) -> None:
        """Logs each change of the state once."""
        if state != self.last_state:
            self.last_state = state
            log.warning("The broker %s", state)
