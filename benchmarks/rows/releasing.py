"""Computes a release from the raw answers to the stored rows, and the minimum work that any program needs for it."""

import logging
import os
import time
from collections import defaultdict

from django.db import connection, transaction
from django.utils import timezone

from benchmarks.protocol import Call
from benchmarks.rows import interviews, many_items
from benchmarks.rows.candidates import read_by_the_driver
from posture.models import Release
from posture.releases.lifecycle import compute_release, request_release
from surveys.models import Wave

AUDIT = "Checking what follows from the numbers"
STEPS = {
    "Reading answers": "reading",
    "Counting answers": "sums",
    "Deciding what must be withheld": "suppression",
    "Deciding what is told as a range": "ranges",
    "Estimating": "estimates",
    AUDIT: "audit",
    "Packing": "pack",
    "Writing": "writing",
}


def load(organizations: int, items: int) -> Call:
    """items: number of choices, with three crossed cuts; 0 for the shipped questionnaire."""
    if items:
        many_items.make_closed_wave(organizations, items)
    else:
        interviews.make_closed_wave(organizations)
    return lambda: None


class Stages(logging.Handler):
    """Log handler that sums the processor seconds between the stages that a release reports, including child
    processes. A stage outside STEPS counts for the previous step. rounds: number of audits of the rows."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.step, self.since = STEPS["Reading answers"], seconds_used()
        self.rounds = 0
        self.seconds: dict[str, float] = defaultdict(float)

    def emit(self, record: logging.LogRecord) -> None:
        now = seconds_used()
        self.seconds[self.step] += now - self.since
        self.rounds += record.getMessage().endswith(AUDIT)
        self.step, self.since = STEPS.get(record.getMessage().partition(": ")[2], self.step), now


def seconds_used() -> float:
    """Returns the processor time of this program and of its finished child processes."""
    return sum(os.times()[:4])


def compute() -> Call:
    """The call returns the number of rows of the release, the rounds, and the processor seconds by step. There are no
    rows if the audit still objects after the last round."""
    wave = Wave.objects.get().pk

    def call() -> tuple[int, int, dict[str, float]]:
        release = request_release(wave, by=None, at=timezone.now())
        log, stages = logging.getLogger("posture.releases.lifecycle"), Stages()
        log.setLevel(logging.DEBUG)
        log.addHandler(stages)
        log.propagate = False
        compute_release(release.pk, at=timezone.now())
        log.debug("%s: Done", release.slug)
        release.refresh_from_db()
        if release.status != Release.Status.DRAFT:
            print(f"Not published: {release.failure}", flush=True)
        return release.estimates.count(), stages.rounds, dict(stages.seconds)

    return call


def compute_least() -> Call:
    """Reads the answers with the raw driver, and writes the rows of the release into a table without an index. The
    call returns the processor seconds."""
    read = read_by_the_driver()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM posture_estimate")
        rows, places = cursor.fetchall(), ", ".join("?" for _ in cursor.description)
        cursor.execute("CREATE TEMPORARY TABLE least AS SELECT * FROM posture_estimate WHERE id IS NULL")

    def call() -> float:
        began = time.process_time()
        read()
        with transaction.atomic():
            connection.connection.cursor().executemany(f"INSERT INTO least VALUES ({places})", rows)
        return time.process_time() - began

    return call
