"""Celery tasks and job handlers: one task for every job of the outbox, and the handlers of the answering side."""

import logging
from datetime import datetime

from celery import shared_task
from django.conf import settings

from posture.documents.making import DOCUMENT, document_effect, queue_documents
from posture.documents.organization.making import REPORT_FILE, report_file_effect
from posture.explorer.frames import FRAME, FRAMES, refresh, refresh_all
from posture.operations.backups import archive_names
from posture.operations.backups.backup import make_backup
from posture.operations.message_validation import CARRY_OUT
from posture.operations.worker import process_name
from posture.releases.lifecycle import DOCUMENTS, RELEASE, compute_job_effect, mark_failed, mark_waiting
from surveys.audit import trail
from surveys.jobs import job_queue, outbox
from surveys.tenancy.organization_scope import for_all_organizations

log = logging.getLogger(__name__)

COMPUTATION_SECONDS = 870
BACKUP, BACKUP_SECONDS = "backup", 3600


@shared_task(name=CARRY_OUT)
@for_all_organizations
def carry_out(pk: int) -> None:
    """Runs the job with this number. The message contains only the number; the row contains the work, and the broker
    cannot change it."""
    outcome = outbox.carry_out(pk, at=job_queue.database_time(), by=process_name())
    log.info("Job %s: %s.", pk, outcome)


@outbox.handles(RELEASE, label="Computing a release", seconds=COMPUTATION_SECONDS, on_parked=mark_failed)
def compute(job: outbox.Job, *, at: datetime) -> outbox.Effect | None:
    try:
        return compute_job_effect(job, at=at)
    except outbox.LeaseLost:
        raise
    except Exception:
        mark_waiting(job)
        raise


@outbox.handles(DOCUMENTS, label="Queueing the documents of a release")
def begin_documents(job: outbox.Job, *, at: datetime) -> outbox.Effect:
    """Queues one job for each document of a published release."""
    return lambda: queue_documents(job.payload["release"], at=at)


@outbox.handles(DOCUMENT, label="Making a document of a release")
def make_document(job: outbox.Job, *, at: datetime) -> outbox.Effect | None:
    return document_effect(job, at=at)


@outbox.handles(REPORT_FILE, label="Making a file of an organisation's report")
def make_report_file(job: outbox.Job, *, at: datetime) -> outbox.Effect | None:
    return report_file_effect(job, at=at)


@outbox.handles(FRAMES, label="Counting new answers for the explorer", seconds=COMPUTATION_SECONDS)
def refresh_frames(job: outbox.Job, *, at: datetime) -> None:
    """Counts answers that were submitted, corrected or closed since the last run. Started by the scheduler."""
    refresh_all(at=at)


@outbox.handles(FRAME, label="Counting the answers of a questionnaire", seconds=COMPUTATION_SECONDS)
def refresh_frame(job: outbox.Job, *, at: datetime) -> None:
    """Counts the answers of one questionnaire. Queued when an analyst opens the explorer."""
    refresh(job.payload["questionnaire"], at=at)


@outbox.handles(BACKUP, label="Making a backup", seconds=COMPUTATION_SECONDS)
def back_up(job: outbox.Job, *, at: datetime) -> outbox.Effect:
    """Makes a backup. Started by the scheduler every hour if a backup folder is configured."""
    target = archive_names.name_for(at)
    make_backup(target, at=at)

    def note() -> None:
        trail.note("backup made", by="worker", about=target.name, at=at)

    return note


job_queue.register_periodic_job(60, FRAMES)
if settings.BACKUP_DIR:
    job_queue.register_periodic_job(BACKUP_SECONDS, BACKUP)
