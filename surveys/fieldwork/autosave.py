"""Autosave: saves one answer exactly once on top of the version that its sender saw, or reports a conflict."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.crypto import salted_hmac

from surveys.database.insert_statements import Insertion
from surveys.database.row_locks import lock_response
from surveys.database.select_statements import one_row, utc_time
from surveys.fieldwork import answer_history
from surveys.fieldwork.answer_history import StoredAnswer
from surveys.fieldwork.answer_recording import record
from surveys.fieldwork.answer_writer import AnswerBatch
from surveys.fieldwork.errors import InvitationUnusable
from surveys.fieldwork.queries import response_state_without_texts
from surveys.fieldwork.responses import refuse_unless_open
from surveys.instrument.answer_decisions import decide
from surveys.instrument.answer_json import as_json
from surveys.instrument.questionnaire_definition import Item
from surveys.instrument.routing import AnswerValue, decided_by, decides_others
from surveys.models import AnsweredRequest, RespondentSession, Response

REQUEST_RETENTION = timedelta(days=7)
# A respondent who types saves every second. The history keeps every version; the audit trail gets one note for each
# sitting.
SITTING_DURATION = timedelta(minutes=15)
REQUESTS = Insertion(AnsweredRequest)
SAVED, STALE, INVALID = 200, 409, 422


class IdempotencyKeyReused(Exception):
    """The idempotency key was used before with another item or body."""


@dataclass(frozen=True)
class SaveRequest:
    """A request to save an answer. `version` is the version that its sender saw; `key` makes repetitions harmless."""

    code: str
    given: AnswerValue
    version: int
    key: str
    digest: str


@dataclass(frozen=True)
class SaveResult:
    status: int
    body: dict[str, Any]


def digest_of(code: str, body: bytes) -> str:
    """Returns a keyed digest of a request, because a plain digest of a short text could be guessed."""
    said = code.encode() + b"\n" + body
    return salted_hmac("answered request", said, algorithm="sha256").hexdigest()


@transaction.atomic
def save_answer(session: RespondentSession, save: SaveRequest, *, at: datetime) -> SaveResult:
    """Saves an answer once, and answers a repeated request as before.

    Raises KeyError for an item that the questionnaire lacks, IdempotencyKeyReused, and the exceptions of
    `refuse_unless_open`.
    """
    response = session.response
    item = response.invitation.wave.questionnaire.definition.item(save.code)
    earlier, batch = _lock_and_read(response, save)
    if earlier is not None:
        if earlier.digest != save.digest:
            raise IdempotencyKeyReused
        return _repeated_result(response, earlier)
    refuse_unless_open(response, at)
    outcome = _save(batch, item, save, session, at)
    kept = {name: value for name, value in outcome.body.items() if name != "value"}
    request = AnsweredRequest(
        response=response,
        key=save.key,
        digest=save.digest,
        item=save.code,
        status=outcome.status,
        outcome=json.dumps(kept),
        answered_at=at,
    )
    REQUESTS.add([request])
    return outcome


class EarlierRequest(NamedTuple):
    """An earlier request with the same key, and its outcome."""

    digest: str
    status: int
    item: str
    outcome: str


# A separate statement after the lock, so that a transaction that waited for the lock reads the changes of the others.
CONTEXT = """
    SELECT invitation.revoked_at, wave.opens_at, wave.closes_at, wave.closed_at,
        item.id, item.type, request.digest, request.status, request.item, request.outcome,
        stored.version, stored.saved_at, stored.options, stored.number, stored.text, stored.basis
    FROM surveys_item AS item
    JOIN surveys_invitation AS invitation ON invitation.id = %s
    JOIN surveys_wave AS wave ON wave.id = invitation.wave_id
    LEFT JOIN surveys_answeredrequest AS request ON request.response_id = %s AND request.key = %s
    LEFT JOIN surveys_answerversion AS stored
        ON stored.response_id = %s AND stored.item_id = item.id AND NOT stored.is_refused
    WHERE item.questionnaire_id = %s AND item.code = %s
    ORDER BY stored.version DESC LIMIT 1
"""


def _lock_and_read(response: Response, save: SaveRequest) -> tuple[EarlierRequest | None, AnswerBatch]:
    """Locks the response. Returns the earlier request with the same key, if any, and the item with its stored answer.

    The lock serialises saves and the submission of one response, also those of several devices.
    """
    locked = lock_response(response.pk)
    if locked is None:
        raise InvitationUnusable
    response.submitted_at, response.answered_at = locked
    questionnaire = response.invitation.wave.questionnaire_id
    row = one_row(
        CONTEXT, [response.invitation_id, response.pk, save.key, response.pk, questionnaire, save.code]
    )
    if row is None:
        raise KeyError(save.code)
    response.invitation.revoked_at, *times = map(utc_time, row[:4])
    wave = response.invitation.wave
    wave.opens_at, wave.closes_at, wave.closed_at = times  # type: ignore[assignment]
    item, type_, *earlier = row[4:10]
    version, saved_at, *columns = row[10:]
    stored = {save.code: answer_history.stored_answer(type_, version, saved_at, *columns)} if version else {}
    multiple = frozenset({save.code} if type_ == "multiple" else ())
    request = EarlierRequest(*earlier) if earlier[0] else None
    return request, AnswerBatch(response, {save.code: item}, multiple, stored)


def delete_old_requests(*, at: datetime) -> int:
    """Deletes the requests that were answered more than seven days ago. Returns their number."""
    return AnsweredRequest.objects.filter(answered_at__lt=at - REQUEST_RETENTION).delete()[0]


def _repeated_result(response: Response, earlier: EarlierRequest) -> SaveResult:
    body = json.loads(earlier.outcome)
    if earlier.status == STALE:
        body = _conflict(answer_history.answer_at_version(response, earlier.item, body["version"]))
    return SaveResult(earlier.status, body)


def _save(
    batch: AnswerBatch, item: Item, save: SaveRequest, session: RespondentSession, at: datetime
) -> SaveResult:
    standing = response_state_without_texts(batch.response, about=decided_by(item))
    decisions = decide(standing, {save.code: save.given})
    if save.code not in decisions.taken:
        expected = decisions.refused.get(save.code, "a question that is asked of you now")
        return SaveResult(INVALID, {"field": save.code, "expected": expected})
    versions, stale = record(
        batch,
        decisions.taken,
        seen={save.code: save.version},
        session=session,
        noted_after=SITTING_DURATION,
        at=at,
    )
    stored = batch.stored_of(save.code)
    if stale:
        return SaveResult(STALE, _conflict(stored))
    version = versions[save.code]
    saved_at = stored.saved_at if version == stored.version and stored.saved_at else at
    body: dict[str, Any] = {"version": version, "saved_at": saved_at.isoformat()}
    if decides_others(standing.questionnaire, item):
        body |= _asked_items(batch.response, item.section)
    return SaveResult(SAVED, body)


def _conflict(stored: StoredAnswer) -> dict[str, Any]:
    saved_at = stored.saved_at.isoformat() if stored.saved_at else None
    return {"version": stored.version, "saved_at": saved_at, "value": as_json(stored.given)}


def _asked_items(response: Response, section: str) -> dict[str, Any]:
    """Returns the items asked in a section and the progress, for a page whose answer adds or removes other items."""
    standing = response_state_without_texts(response)
    progress = standing.progress
    return {
        "asked": [item.code for item in standing.items_of(section)],
        "progress": {"answered": progress.answered, "asked": progress.asked, "percent": progress.percent},
    }
