"""Records answers to one response: writes them on top of the versions that were seen, and notes them.

Saves of one answer (`autosave`) and of a page without script (`record_answers`) lock the response, decide by
`answer_decisions` which answers are taken, and call `record`. Imports validate and route by the same functions, and
write many responses at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from surveys.fieldwork import answer_history, answer_writer
from surveys.fieldwork.answer_history import StoredAnswer
from surveys.fieldwork.answer_writer import AnswerBatch
from surveys.fieldwork.audit_notes import RESPONDENT, note
from surveys.fieldwork.queries import standing_without_words
from surveys.fieldwork.responses import locked, note_first_answer, refuse_unless_open
from surveys.instrument.answer_decisions import decide
from surveys.instrument.routing import Given
from surveys.models import RespondentSession, Response


@dataclass(frozen=True)
class Recorded:
    """By item code: the version of what was saved, what was expected instead of invalid answers, and what is stored of
    items that were changed by somebody else meanwhile. Items that are not asked are listed."""

    saved: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    not_asked: list[str] = field(default_factory=list)
    conflicts: dict[str, StoredAnswer] = field(default_factory=dict)


@transaction.atomic
def record_answers(
    response: Response,
    given: Mapping[str, Given],
    *,
    at: datetime,
    based_on: Mapping[str, int] | None = None,
    session: RespondentSession | None = None,
) -> Recorded:
    """Saves what is valid and says what is not: one wrong answer loses no other. A blank answer clears the item.
    `based_on` names the versions that the respondent had seen; without it the given answers are the newest.

    Raises WaveClosed or AlreadySubmitted, and then nothing is saved.
    """
    response = locked(response)
    refuse_unless_open(response, at)
    decisions = decide(standing_without_words(response), given)
    batch = answer_writer.batch_of(response, decisions.taken)
    answers = decisions.taken if based_on is None else _without_untouched(batch, decisions.taken, based_on)
    saved, stale = record(batch, answers, seen=based_on, session=session, at=at)
    conflicts = {code: stored for code, stored in stale.items() if stored.given != answers[code]}
    return Recorded(saved, decisions.refused, decisions.not_asked, conflicts)


def record(
    batch: AnswerBatch,
    answers: Mapping[str, Given],
    *,
    at: datetime,
    seen: Mapping[str, int] | None = None,
    session: RespondentSession | None = None,
    noted_after: timedelta | None = None,
) -> tuple[dict[str, int], dict[str, StoredAnswer]]:
    """The versions afterwards; and what is stored of items whose newest version was not `seen`, which stays.
    `noted_after`: changes of answers that were saved more lately get no note in the audit trail."""
    stale = {
        code: batch.stored_of(code)
        for code in answers
        if seen is not None and seen.get(code, 0) != batch.stored_of(code).version
    }
    answer_writer.refuse(batch, {code: answers[code] for code in stale}, seen or {}, at=at)
    newest = {code: value for code, value in answers.items() if code not in stale}
    versions = answer_writer.write(batch, newest, at=at)
    if any(versions.values()):
        note_first_answer(batch.response, session=session, at=at)
    changed = [
        code
        for code, version in versions.items()
        if version != batch.stored_of(code).version
        and _is_worth_a_note(batch.stored_of(code), noted_after, at)
    ]
    if changed and session is not None:
        note("saved answers", batch.response.invitation, by=RESPONDENT, about=" ".join(changed), at=at)
    return versions, stale


def _is_worth_a_note(stored: StoredAnswer, noted_after: timedelta | None, at: datetime) -> bool:
    return noted_after is None or stored.saved_at is None or at - stored.saved_at > noted_after


def _without_untouched(
    batch: AnswerBatch, answers: Mapping[str, Given], seen: Mapping[str, int]
) -> dict[str, Given]:
    """A page sends all its fields. Those that stand as the respondent had seen them say nothing where there is a newer
    version: that stays, and nobody is asked."""
    return {
        code: value
        for code, value in answers.items()
        if seen.get(code, 0) == batch.stored_of(code).version
        or value == batch.stored_of(code).given
        or value != answer_history.at_version(batch.response, code, seen.get(code, 0)).given
    }
