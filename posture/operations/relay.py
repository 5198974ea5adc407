"""The relay: about once a second it hands due jobs of the outbox to the broker. The database is its truth, so that the
broker may be dead, frozen or emptied, and several relays may run."""

import logging
import threading
import time
from itertools import takewhile

from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection
from kombu.connection import Connection

from posture.operations.tasks import carry_out
from posture.operations.worker import Pulse
from surveys.jobs import job_queue, outbox

log = logging.getLogger(__name__)

PERIOD_SECONDS = 1
PATIENCE = {"socket_timeout": 1, "socket_connect_timeout": 1, "max_retries": 0}


class Relay:
    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.said = "takes jobs."

    def run(self) -> None:
        pulse = Pulse("relay")
        pulse.start()
        while not self.stopping.is_set():
            started = time.monotonic()
            try:
                self.round()
            except DatabaseError:
                log.exception("The database does not answer; trying again.")
                connection.close()
            self.stopping.wait(max(0.0, PERIOD_SECONDS - (time.monotonic() - started)))
        pulse.stop()

    def round(self) -> int:
        """How many jobs the broker took. The first that it refuses ends the round: a frozen one costs a second."""
        at = job_queue.moment()
        job_queue.release_lost(at=at)
        job_queue.begin_periods(at=at)
        jobs = job_queue.due(at=at)
        if not jobs:
            return 0
        # A new connection each time: one that outlived an emptied broker would think its queue still there.
        options = settings.CELERY_BROKER_TRANSPORT_OPTIONS | PATIENCE
        with current_app.connection_for_write(transport_options=options) as broker:
            return sum(1 for _ in takewhile(bool, (self._publish(job, broker) for job in jobs)))

    def _publish(self, job: outbox.Job, broker: Connection) -> bool:
        if not job_queue.hand_over(job, at=job_queue.moment()):
            return True
        kind = outbox.KINDS.get(job.kind)
        limits = {"soft_time_limit": kind.seconds, "time_limit": kind.hard_seconds} if kind else {}
        try:
            carry_out.apply_async(args=[job.pk], connection=broker, retry=False, **limits)
        except Exception as error:
            job_queue.take_back(job, at=job_queue.moment())
            self._say(f"does not take jobs ({type(error).__name__}); they wait in the database.")
            return False
        self._say("takes jobs.")
        return True

    def _say(self, what: str) -> None:
        """Once for each change."""
        if what != self.said:
            self.said = what
            log.warning("The broker %s", what)
