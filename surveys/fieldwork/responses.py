"""Opens and submits responses. Each function is one transaction and takes the time as an argument."""

import secrets
from datetime import datetime
from typing import Any

from django.db import transaction

from surveys.database.row_locks import lock_invitation, lock_response
from surveys.fieldwork.audit_notes import note
from surveys.fieldwork.errors import AlreadySubmitted, InvitationUnusable, WaveClosed
from surveys.mail import emails
from surveys.models import Invitation, RespondentSession, Response

RECEIPT_BYTES = 5


@transaction.atomic
def open_response(invitation: Invitation, *, at: datetime, source_row: str = "") -> Response:
    """Returns the response of the invitation, and creates it on the first visit.

    Raises WaveClosed if the wave is closed and there is no response yet, and InvitationUnusable if the invitation was
    revoked or erased meanwhile.
    """
    if not lock_invitation(invitation.pk, may_be_revoked=False):
        raise InvitationUnusable
    response = Response.objects.filter(invitation=invitation).first()
    if response is not None:
        return response
    if not invitation.wave.is_open(at):
        raise WaveClosed
    invitation.opened_at = at
    invitation.save(update_fields=["opened_at"])
    return Response.objects.create(invitation=invitation, started_at=at, source_row=source_row)


def lock_and_reload(response: Response) -> Response:
    """Locks a response until the end of the transaction and returns its current row. On SQLite the lock covers the
    database.

    A separate statement after the lock reads invitation and wave, so that a transaction that waited for the lock
    reads the changes of the others. Raises InvitationUnusable.
    """
    if lock_response(response.pk) is None:
        raise InvitationUnusable
    rows = Response.objects.select_related("invitation__wave__questionnaire", "invitation__organization")
    return rows.defer("invitation__wave__questionnaire__source").get(pk=response.pk)


def refuse_unless_open(response: Response, at: datetime) -> None:
    if response.submitted_at is not None:
        raise AlreadySubmitted
    if response.invitation.revoked_at is not None:
        raise InvitationUnusable
    if not response.invitation.wave.is_open(at):
        raise WaveClosed


def note_first_answer(response: Response, *, session: RespondentSession | None, at: datetime) -> None:
    """Records the time of the first answer and withdraws the confirmation of all other devices.

    From the first answer on, the link alone shows nothing. Every other device needs a mailed code, also those that
    had a session before.
    """
    if response.answered_at is None:
        response.answered_at = at
        response.save(update_fields=["answered_at"])
        other_sessions = RespondentSession.objects.filter(response=response)
        (other_sessions.exclude(pk=session.pk) if session else other_sessions).update(confirmed_at=None)


@transaction.atomic
def submit_response(response: Response, *, at: datetime, by: Any = None, by_mail: bool = False) -> str:
    """Submits a response. Returns the receipt. Submitting twice gives the same receipt and one mail."""
    response = lock_and_reload(response)
    if response.submitted_at is not None:
        return response.receipt
    refuse_unless_open(response, at)
    # If the clock was set back meanwhile, the submission would precede the start.
    response.submitted_at = max(at, response.started_at)
    response.receipt = new_receipt()
    response.save(update_fields=["submitted_at", "receipt"])
    if by_mail and response.invitation.address:
        emails.queue_receipt(response, at=at)
    note("submitted the answers", response.invitation, by=by, at=at)
    return response.receipt


def new_receipt() -> str:
    code = secrets.token_hex(RECEIPT_BYTES).upper()
    return f"{code[:5]}-{code[5:]}"
