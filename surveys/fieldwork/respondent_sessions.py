"""Sessions of respondents, which start from a personal link, and the mailed codes that confirm them.

They are separate from the sessions of users with accounts. Each is bound to one invitation.
"""

import hmac
import secrets
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from surveys.database.row_locks import ConcurrentChange, lock_response
from surveys.database.select_statements import one_row, partial_instance, stored_uuid, utc_time
from surveys.encryption.tokens import hash_of, new_token
from surveys.fieldwork.audit_notes import RESPONDENT, note
from surveys.fieldwork.errors import InvitationUnusable
from surveys.fieldwork.responses import open_response
from surveys.mail import emails
from surveys.models import Invitation, MailedCode, Questionnaire, RespondentSession, Response, Wave

MAX_IDLE, MAX_AGE, SEEN_INTERVAL = timedelta(hours=4), timedelta(days=7), timedelta(minutes=5)
CODE_DIGITS, CODE_VALIDITY, MAX_CODE_ATTEMPTS = 8, timedelta(minutes=10), 5
SENT_A_CODE = "was sent a code"
MAX_CODES, CODES_PERIOD = 3, timedelta(minutes=15)


class TooManyCodes(Exception):
    """Too many codes were sent within 15 minutes."""


class WrongCode(Exception):
    """The code is not the code that was sent."""


class CodeUnusable(Exception):
    """The code is used, replaced, expired, or was tried too often."""


FIND_SESSION = """
    SELECT session.id, session.created_at, session.seen_at, session.confirmed_at,
        response.id, response.invitation_id, invitation.organization_id, invitation.wave_id, invitation.role,
        wave.questionnaire_id, wave.opens_at, wave.closes_at, wave.closed_at, questionnaire.digest
    FROM surveys_respondentsession AS session
    JOIN surveys_response AS response ON response.id = session.response_id
    JOIN surveys_invitation AS invitation ON invitation.id = response.invitation_id
    JOIN surveys_wave AS wave ON wave.id = invitation.wave_id
    JOIN surveys_questionnaire AS questionnaire ON questionnaire.id = wave.questionnaire_id
    WHERE session.secret_hash = %s AND response.public_id = %s AND invitation.revoked_at IS NULL
"""


def find_session(public_id: uuid.UUID, secret: str, *, at: datetime) -> RespondentSession | None:
    """Returns the session of a secret, or None.

    None means that the session is unknown, ended, idle for too long or too old, or that its invitation is revoked.
    Each save runs this statement, so it reads only the columns that a save needs; other columns are loaded on access.
    """
    row = one_row(FIND_SESSION, [hash_of(secret), stored_uuid(public_id)])
    session = _session(public_id, *row) if row else None
    if session is None or at - session.seen_at >= MAX_IDLE or at - session.created_at >= MAX_AGE:
        return None
    if at - session.seen_at >= SEEN_INTERVAL:
        RespondentSession.objects.filter(pk=session.pk).update(seen_at=at)
    return session


def _session(public_id: uuid.UUID, *row: Any) -> RespondentSession:
    pk, created_at, seen_at, confirmed_at, response_pk, invitation_pk, organization, wave_pk, role = row[:9]
    questionnaire_pk, opens_at, closes_at, closed_at, digest = row[9:]
    questionnaire = partial_instance(Questionnaire, id=questionnaire_pk, digest=digest)
    wave = partial_instance(
        Wave,
        id=wave_pk,
        questionnaire_id=questionnaire_pk,
        opens_at=utc_time(opens_at),
        closes_at=utc_time(closes_at),
        closed_at=utc_time(closed_at),
    )
    invitation = partial_instance(
        Invitation,
        id=invitation_pk,
        organization_id=organization,
        wave_id=wave_pk,
        role=role,
        revoked_at=None,
    )
    response = partial_instance(
        Response,
        id=response_pk,
        invitation_id=invitation_pk,
        organization_id=organization,
        public_id=public_id,
    )
    session = partial_instance(
        RespondentSession,
        id=pk,
        response_id=response_pk,
        organization_id=organization,
        created_at=utc_time(created_at),
        seen_at=utc_time(seen_at),
        confirmed_at=utc_time(confirmed_at),
    )
    wave.questionnaire, invitation.wave, response.invitation = questionnaire, wave, invitation
    session.response = response
    return session


@transaction.atomic
def exchange_link(
    invitation: Invitation,
    *,
    find_earlier_session: Callable[[uuid.UUID], RespondentSession | None],
    at: datetime,
) -> tuple[RespondentSession, str]:
    """Exchanges a link for a session of its response. Returns the session and its secret.

    Sends a mailed code if the session needs one and a mail can be sent. `find_earlier_session` returns the session of
    this device for a response. Raises WaveClosed and InvitationUnusable.
    """
    response = open_response(invitation, at=at)
    session, secret = create_session(
        response, earlier_session=find_earlier_session(response.public_id), at=at
    )
    is_sent = session.confirmed_at is None and _try_to_queue_code(session, at)
    # Notes lock the trail until the end of the transaction, so they come last.
    if response.started_at == at:
        note("opened the questionnaire", invitation, by=RESPONDENT, at=at)
    note("exchanged a link", invitation, by=RESPONDENT, at=at)
    if is_sent:
        note(SENT_A_CODE, invitation, by=RESPONDENT, at=at)
    return session, secret


@transaction.atomic
def create_session(
    response: Response, *, earlier_session: RespondentSession | None, at: datetime
) -> tuple[RespondentSession, str]:
    """Creates a session. Returns it with its secret.

    It replaces the earlier session of this device, and takes over its confirmation. Without an earlier session, a code
    is needed once the response has answers, or if the wave requires codes. Raises InvitationUnusable.
    """
    if lock_response(response.pk) is None:
        raise InvitationUnusable
    needs_code = response.invitation.wave.asks_code or bool(response.answered_at or response.submitted_at)
    is_confirmed = earlier_session is not None and earlier_session.confirmed_at is not None
    if earlier_session is not None:
        earlier_session.delete()
    secret = new_token()
    session = RespondentSession.objects.create(
        response=response,
        secret_hash=hash_of(secret),
        created_at=at,
        seen_at=at,
        confirmed_at=at if is_confirmed or not needs_code else None,
    )
    return session, secret


@transaction.atomic
def send_code(session: RespondentSession, *, at: datetime) -> bool:
    """Mails a code for this session and ends earlier codes.

    Returns False if too many codes were sent lately, or if no mail can be sent. Raises ConcurrentChange if the
    session was confirmed meanwhile.
    """
    is_sent = _try_to_queue_code(session, at)
    if is_sent:
        note(SENT_A_CODE, session.response.invitation, by=RESPONDENT, at=at)
    return is_sent


def _try_to_queue_code(session: RespondentSession, at: datetime) -> bool:
    try:
        _queue_code(session, at)
    except (TooManyCodes, emails.NoBaseUrl):
        return False
    return True


@transaction.atomic
def _queue_code(session: RespondentSession, at: datetime) -> None:
    if lock_response(session.response_id) is None:
        raise InvitationUnusable
    if not RespondentSession.objects.filter(pk=session.pk, confirmed_at=None).exists():
        raise ConcurrentChange
    codes = MailedCode.objects.filter(response_id=session.response_id)
    if codes.filter(sent_at__gt=at - CODES_PERIOD).count() >= MAX_CODES:
        raise TooManyCodes
    codes.filter(ended_at=None).update(ended_at=at)
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    row = MailedCode.objects.create(
        response_id=session.response_id, session=session, digest=_digest(session, code), sent_at=at
    )
    emails.queue_code(session, code, key=f"code:{row.pk}", at=at)


def code_is_awaited(session: RespondentSession, *, at: datetime) -> bool:
    return _usable_codes(session, at).exists()


def confirm_session(session: RespondentSession, code: str, *, at: datetime) -> str:
    """Confirms a session by a code. Returns the new secret of the session, whose old secret ends.

    Raises WrongCode or CodeUnusable. The attempt is counted before the code is compared, so that concurrent attempts
    are all counted.
    """
    mailed_code = _usable_codes(session, at).first()
    if mailed_code is None or not _usable_codes(session, at).filter(pk=mailed_code.pk).update(
        tries=F("tries") + 1
    ):
        raise CodeUnusable
    if not hmac.compare_digest(mailed_code.digest, _digest(session, "".join(code.split()))):
        note("gave a wrong code", session.response.invitation, by=RESPONDENT, at=at)
        raise WrongCode
    with transaction.atomic():
        lock_response(session.response_id)
        if not MailedCode.objects.filter(pk=mailed_code.pk, ended_at=None).update(ended_at=at):
            raise CodeUnusable
        secret = new_token()
        RespondentSession.objects.filter(pk=session.pk).update(
            confirmed_at=at, seen_at=at, secret_hash=hash_of(secret)
        )
        note("gave the code", session.response.invitation, by=RESPONDENT, at=at)
    return secret


def _usable_codes(session: RespondentSession, at: datetime) -> QuerySet[MailedCode]:
    return MailedCode.objects.filter(
        session=session, ended_at=None, tries__lt=MAX_CODE_ATTEMPTS, sent_at__gt=at - CODE_VALIDITY
    )


def _digest(session: RespondentSession, code: str) -> str:
    key = f"mailed code {session.pk}{settings.SECRET_KEY}".encode()
    return hmac.new(key, code.encode(), "sha256").hexdigest()
