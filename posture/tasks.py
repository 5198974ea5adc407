"""What the clock and the queue start."""

import logging

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from posture.frames import refresh, refresh_all
from posture.releases import compute_release, waiting
from surveys import outbox

log = logging.getLogger(__name__)


@shared_task
def compute_waiting_releases() -> int:
    """Started by an analyst's request, and again by the clock in case nobody heard that."""
    return sum(compute_release(release_id, at=timezone.now()) for release_id in waiting(at=timezone.now()))


@shared_task
def carry_out_due_jobs() -> None:
    """Started by the clock."""
    for pk in outbox.due(at=timezone.now(), most=20):
        if outbox.hand_over(pk, at=timezone.now()):
            outbox.carry_out(pk, at=timezone.now())


@shared_task
def refresh_frames() -> None:
    """Started by the clock: what was submitted, corrected or closed since is counted for the explorer."""
    refresh_all(at=timezone.now())


@shared_task
def refresh_frame(questionnaire: str) -> None:
    """Started when an analyst opens the explorer."""
    refresh(questionnaire, at=timezone.now())


def ask_for_frame(questionnaire: str) -> bool:
    """False when the broker is down; the clock of the worker then does it."""
    try:
        refresh_frame.apply_async(args=[questionnaire], retry=False)
    except (OperationalError, OSError):
        log.warning("The broker does not answer; the counted answers stay as they are.")
        return False
    return True


def ask_for_computation() -> bool:
    """False when the broker is down; the release then waits for the clock."""
    try:
        compute_waiting_releases.apply_async(retry=False)
    except (OperationalError, OSError):
        log.warning("The broker does not answer; the release waits.")
        return False
    return True
