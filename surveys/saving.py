"""The autosave contract: one answer, once, on top of the version that its sender had seen; or an honest no."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from surveys import fieldwork, history, recording
from surveys.answer_json import shown
from surveys.history import Held
from surveys.models import AnsweredRequest, RespondentSession, Response
from surveys.queries import standing_of
from surveys.routing import Given, decided_by, decides_others, is_asked, normal_form
from surveys.validity import expected_instead

KEPT = timedelta(days=7)
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
    return hashlib.sha256(code.encode() + b"\n" + body).hexdigest()


@transaction.atomic
def save_answer(session: RespondentSession, save: Save, *, at: datetime) -> Outcome:
    """Raises KeyError for an item that the questionnaire lacks, KeyUsedAgain, and what `refuse_unless_open` raises."""
    response = fieldwork.locked(session.response)
    earlier = AnsweredRequest.objects.filter(response=response, key=save.key).first()
    if earlier is not None:
        return _again(earlier, save)
    fieldwork.refuse_unless_open(response, at)
    outcome = _outcome(response, session, save, at)
    AnsweredRequest.objects.create(
        response=response,
        key=save.key,
        digest=save.digest,
        item=save.code,
        status=outcome.status,
        outcome=json.dumps({name: told for name, told in outcome.body.items() if name != "value"}),
        answered_at=at,
    )
    return outcome


def forget_requests(*, at: datetime) -> int:
    """What was answered too long ago to be repeated."""
    return AnsweredRequest.objects.filter(answered_at__lt=at - KEPT).delete()[0]


def _again(earlier: AnsweredRequest, save: Save) -> Outcome:
    if earlier.digest != save.digest:
        raise KeyUsedAgain
    body = json.loads(earlier.outcome)
    if earlier.status == STALE:
        body = _told(history.at_version(earlier.response, earlier.item, body["version"]))
    return Outcome(earlier.status, body)


def _outcome(response: Response, session: RespondentSession, save: Save, at: datetime) -> Outcome:
    questionnaire = response.invitation.wave.questionnaire.definition
    item = questionnaire.item(save.code)
    standing = standing_of(response, about=decided_by(item))
    expected = expected_instead(questionnaire, item, save.given)
    if expected:
        return Outcome(INVALID, {"field": save.code, "expected": expected})
    if not is_asked(
        questionnaire, item, role=standing.role, own=standing.own, organization=standing.organization
    ):
        return Outcome(INVALID, {"field": save.code, "expected": "a question that is asked of you now"})
    given = {save.code: normal_form(item, save.given)}
    sheet = recording.sheet_of(response, given)
    held = sheet.held_of(save.code)
    if held.version != save.version:
        recording.refuse(sheet, given, {save.code: save.version}, at=at)
        return Outcome(STALE, _told(held))
    version = recording.write(sheet, given, at=at)[save.code]
    if version:
        fieldwork.note_first_answer(response, session=session, at=at)
    saved_at = held.saved_at if version == held.version and held.saved_at else at
    body: dict[str, Any] = {"version": version, "saved_at": saved_at.isoformat()}
    if decides_others(questionnaire, item):
        body |= _asked_now(response, item.section)
    return Outcome(SAVED, body)


def _told(held: Held) -> dict[str, Any]:
    saved_at = held.saved_at.isoformat() if held.saved_at else None
    return {"version": held.version, "saved_at": saved_at, "value": shown(held.given)}


def _asked_now(response: Response, section: str) -> dict[str, Any]:
    """For the page, after an answer that opens or closes other items."""
    standing = standing_of(response)
    progress = standing.progress
    return {
        "asked": [item.code for item in standing.items_of(section)],
        "progress": {"answered": progress.answered, "asked": progress.asked, "percent": progress.percent},
    }
