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
    value: AnswerValue
    version: int
    key: str
    digest: str


@dataclass(frozen=True)
class SaveResult:
    status: int
    body: dict[str, Any]


def digest_of(code: str, body: bytes) -> str:
    """Returns a keyed digest of a request, because a plain digest of a short text could be guessed."""
    request = code.encode() + b"\n" + body
    return salted_hmac("answered request", request, algorithm="sha256").hexdigest()


@transaction.atomic
def save_answer(session: RespondentSession, request: SaveRequest, *, at: datetime) -> SaveResult:
    """Saves an answer once, and answers a repeated request as before.

    Raises KeyError for an item that the questionnaire lacks, IdempotencyKeyReused, and the exceptions of
    `refuse_unless_open`.
    """
    response = session.response
    item = response.invitation.wave.questionnaire.definition.item(request.code)
    earlier_request, batch = _lock_and_read(response, request)
    if earlier_request is not None:
        if earlier_request.digest != request.digest:
            raise IdempotencyKeyReused
        return _repeated_result(response, earlier_request)
    refuse_unless_open(response, at)
    result = _save(batch, item, request, session, at)
    stored_body = {name: value for name, value in result.body.items() if name != "value"}
    row = AnsweredRequest(
        response=response,
        key=request.key,
        digest=request.digest,
        item=request.code,
        status=result.status,
        outcome=json.dumps(stored_body),
        answered_at=at,
    )
    REQUESTS.add([row])
    return result


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


def _lock_and_read(
    response: Response, save_request: SaveRequest
) -> tuple[EarlierRequest | None, AnswerBatch]:
    """Locks the response. Returns the earlier request with the same key, if any, and the item with its stored answer.

    The lock serialises saves and the submission of one response, also those of several devices.
    """
    times_of_response = lock_response(response.pk)
    if times_of_response is None:
        raise InvitationUnusable
    response.submitted_at, response.answered_at = times_of_response
    questionnaire = response.invitation.wave.questionnaire_id
    row = one_row(
        CONTEXT,
        [
            response.invitation_id,
            response.pk,
            save_request.key,
            response.pk,
            questionnaire,
            save_request.code,
        ],
    )
    if row is None:
        raise KeyError(save_request.code)
    response.invitation.revoked_at, *times_of_wave = map(utc_time, row[:4])
    wave = response.invitation.wave
    wave.opens_at, wave.closes_at, wave.closed_at = times_of_wave  # type: ignore[assignment]
    item, type_, *request_columns = row[4:10]
    version, saved_at, *columns = row[10:]
    stored = (
        {save_request.code: answer_history.stored_answer(type_, version, saved_at, *columns)}
        if version
        else {}
    )
    multiple = frozenset({save_request.code} if type_ == "multiple" else ())
    request = EarlierRequest(*request_columns) if request_columns[0] else None
    return request, AnswerBatch(response, {save_request.code: item}, multiple, stored)


def delete_old_requests(*, at: datetime) -> int:
    """Deletes the requests that were answered more than seven days ago. Returns their number."""
    return AnsweredRequest.objects.filter(answered_at__lt=at - REQUEST_RETENTION).delete()[0]


def _repeated_result(response: Response, earlier_request: EarlierRequest) -> SaveResult:
    body = json.loads(earlier_request.outcome)
    if earlier_request.status == STALE:
        body = _conflict(answer_history.answer_at_version(response, earlier_request.item, body["version"]))
    return SaveResult(earlier_request.status, body)


def _save(
    batch: AnswerBatch, item: Item, request: SaveRequest, session: RespondentSession, at: datetime
) -> SaveResult:
    state = response_state_without_texts(batch.response, about=decided_by(item))
    decisions = decide(state, {request.code: request.value})
    if request.code not in decisions.accepted:
        expected = decisions.refused.get(request.code, "a question that is asked of you now")
        return SaveResult(INVALID, {"field": request.code, "expected": expected})
    versions, stale = record(
        batch,
        decisions.accepted,
        seen_versions={request.code: request.version},
        session=session,
        noted_after=SITTING_DURATION,
        at=at,
    )
    stored = batch.stored_of(request.code)
    if stale:
        return SaveResult(STALE, _conflict(stored))
    version = versions[request.code]
    saved_at = stored.saved_at if version == stored.version and stored.saved_at else at
    body: dict[str, Any] = {"version": version, "saved_at": saved_at.isoformat()}
    if decides_others(state.questionnaire, item):
        body |= _asked_items(batch.response, item.section)
    return SaveResult(SAVED, body)


def _conflict(stored: StoredAnswer) -> dict[str, Any]:
    saved_at = stored.saved_at.isoformat() if stored.saved_at else None
    return {"version": stored.version, "saved_at": saved_at, "value": as_json(stored.value)}


def _asked_items(response: Response, section: str) -> dict[str, Any]:
    """Returns the items asked in a section and the progress, for a page whose answer adds or removes other items."""
    state = response_state_without_texts(response)
    progress = state.progress
    return {
        "asked": [item.code for item in state.items_of(section)],
        "progress": {"answered": progress.answered, "asked": progress.asked, "percent": progress.percent},
    }
