"""The autosave contract: one answer, once, on top of the version that its sender had seen; or an honest no."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.crypto import salted_hmac

from surveys.database.insert_statements import Insertion
from surveys.database.select_statements import for_update, moment, one
from surveys.fieldwork import answer_history, answer_writer
from surveys.fieldwork.answer_history import Held
from surveys.fieldwork.audit_notes import RESPONDENT, note
from surveys.fieldwork.errors import InvitationGone
from surveys.fieldwork.queries import standing_without_words
from surveys.fieldwork.responses import note_first_answer, refuse_unless_open
from surveys.instrument.answer_json import shown
from surveys.instrument.questionnaire_definition import Item
from surveys.instrument.routing import Given, decided_by, decides_others, is_asked, normal_form
from surveys.instrument.validity import expected_instead
from surveys.models import AnsweredRequest, RespondentSession, Response

KEPT = timedelta(days=7)
ONE_SITTING = timedelta(minutes=15)
REQUESTS = Insertion(AnsweredRequest)
SAVED, STALE, INVALID = 200, 409, 422


class KeyUsedAgain(Exception):
    """The key came before, with another item or body."""


@dataclass(frozen=True)
class Save:
    """A request to save: `version` is what its sender had seen, `key` makes repetitions harmless."""

    code: str
    given: Given
    version: int
    key: str
    digest: str


@dataclass(frozen=True)
class Outcome:
    status: int
    body: dict[str, Any]


def digest_of(code: str, body: bytes) -> str:
    """Keyed, because the digest of few words could be guessed."""
    said = code.encode() + b"\n" + body
    return salted_hmac("answered request", said, algorithm="sha256").hexdigest()


@transaction.atomic
def save_answer(session: RespondentSession, save: Save, *, at: datetime) -> Outcome:
    """Raises KeyError for an item that the questionnaire lacks, KeyUsedAgain, and what `refuse_unless_open` raises."""
    response = session.response
    item = response.invitation.wave.questionnaire.definition.item(save.code)
    _lock(response)
    desk = _desk(response, save)
    if desk.earlier is not None:
        return _again(response, desk.earlier, save)
    refuse_unless_open(response, at)
    outcome = _outcome(response, session, save, item, desk.sheet, at)
    told = {name: value for name, value in outcome.body.items() if name != "value"}
    request = AnsweredRequest(
        response=response,
        key=save.key,
        digest=save.digest,
        item=save.code,
        status=outcome.status,
        outcome=json.dumps(told),
        answered_at=at,
    )
    REQUESTS.add([request])
    return outcome


LOCK = "SELECT submitted_at, answered_at FROM surveys_response WHERE id = %s"
# A statement of its own after the lock: whoever waited for it reads what happened meanwhile.
DESK = """
    SELECT invitation.revoked_at, wave.opens_at, wave.closes_at, wave.closed_at,
        item.id, item.type, request.digest, request.status, request.item, request.outcome,
        held.version, held.saved_at, held.options, held.number, held.text, held.basis
    FROM surveys_item AS item
    JOIN surveys_invitation AS invitation ON invitation.id = %s
    JOIN surveys_wave AS wave ON wave.id = invitation.wave_id
    LEFT JOIN surveys_answeredrequest AS request ON request.response_id = %s AND request.key = %s
    LEFT JOIN surveys_answerversion AS held
        ON held.response_id = %s AND held.item_id = item.id AND NOT held.is_refused
    WHERE item.questionnaire_id = %s AND item.code = %s
    ORDER BY held.version DESC LIMIT 1
"""


@dataclass(frozen=True)
class Desk:
    """What lies there when a save comes: what its key was answered before, and the item with what is held of it."""

    earlier: tuple[str, int, str, str] | None
    sheet: answer_writer.Sheet


def _lock(response: Response) -> None:
    """Saves and the submission of one response come one after the other, also by many devices at once."""
    row = one(for_update(LOCK), [response.pk])
    if row is None:
        raise InvitationGone
    response.submitted_at, response.answered_at = moment(row[0]), moment(row[1])


def _desk(response: Response, save: Save) -> Desk:
    questionnaire = response.invitation.wave.questionnaire_id
    row = one(DESK, [response.invitation_id, response.pk, save.key, response.pk, questionnaire, save.code])
    if row is None:
        raise KeyError(save.code)
    response.invitation.revoked_at, *times = map(moment, row[:4])
    wave = response.invitation.wave
    wave.opens_at, wave.closes_at, wave.closed_at = times  # type: ignore[assignment]
    item, type_, digest, status, code, outcome, version, saved_at, *given = row[4:]
    held = {save.code: answer_history.read_row(type_, version, saved_at, *given)} if version else {}
    multiple = frozenset({save.code} if type_ == "multiple" else ())
    earlier = (digest, status, code, outcome) if digest else None
    return Desk(earlier, answer_writer.Sheet(response, {save.code: item}, multiple, held))


def forget_requests(*, at: datetime) -> int:
    """What was answered too long ago to be repeated."""
    return AnsweredRequest.objects.filter(answered_at__lt=at - KEPT).delete()[0]


def _again(response: Response, earlier: tuple[str, int, str, str], save: Save) -> Outcome:
    digest, status, item, told = earlier
    if digest != save.digest:
        raise KeyUsedAgain
    body = json.loads(told)
    if status == STALE:
        body = _told(answer_history.at_version(response, item, body["version"]))
    return Outcome(status, body)


def _outcome(
    response: Response,
    session: RespondentSession,
    save: Save,
    item: Item,
    sheet: answer_writer.Sheet,
    at: datetime,
) -> Outcome:
    questionnaire = response.invitation.wave.questionnaire.definition
    standing = standing_without_words(response, about=decided_by(item))
    expected = expected_instead(questionnaire, item, save.given)
    if expected:
        return Outcome(INVALID, {"field": save.code, "expected": expected})
    if not is_asked(
        questionnaire, item, role=standing.role, own=standing.own, organization=standing.organization
    ):
        return Outcome(INVALID, {"field": save.code, "expected": "a question that is asked of you now"})
    given = {save.code: normal_form(item, save.given)}
    held = sheet.held_of(save.code)
    if held.version != save.version:
        answer_writer.refuse(sheet, given, {save.code: save.version}, at=at)
        return Outcome(STALE, _told(held))
    version = answer_writer.write(sheet, given, at=at)[save.code]
    if version:
        note_first_answer(response, session=session, at=at)
    if version != held.version:
        _note(response, save.code, held, at)
    saved_at = held.saved_at if version == held.version and held.saved_at else at
    body: dict[str, Any] = {"version": version, "saved_at": saved_at.isoformat()}
    if decides_others(questionnaire, item):
        body |= _asked_now(response, item.section)
    return Outcome(SAVED, body)


def _note(response: Response, code: str, held: Held, at: datetime) -> None:
    """Once for an item and sitting, while the history has every version: a person who types saves every second."""
    if held.saved_at is None or at - held.saved_at > ONE_SITTING:
        note("saved answers", response.invitation, by=RESPONDENT, about=code, at=at)


def _told(held: Held) -> dict[str, Any]:
    saved_at = held.saved_at.isoformat() if held.saved_at else None
    return {"version": held.version, "saved_at": saved_at, "value": shown(held.given)}


def _asked_now(response: Response, section: str) -> dict[str, Any]:
    """For the page, after an answer that opens or closes other items."""
    standing = standing_without_words(response)
    progress = standing.progress
    return {
        "asked": [item.code for item in standing.items_of(section)],
        "progress": {"answered": progress.answered, "asked": progress.asked, "percent": progress.percent},
    }
