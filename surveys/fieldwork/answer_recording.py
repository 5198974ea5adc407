"""Records answers to one response on top of the versions that the sender saw, and notes them in the audit trail.

Saves of one answer (`autosave`) and of a page without script (`record_answers`) lock the response. They decide by
`answer_decisions` which answers are taken, and call `record`. Imports use the same functions to validate and to
route, but write many responses at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from surveys.fieldwork import answer_history, answer_writer
from surveys.fieldwork.answer_history import StoredAnswer
from surveys.fieldwork.answer_writer import AnswerBatch
from surveys.fieldwork.audit_notes import RESPONDENT, note
from surveys.fieldwork.queries import response_state_without_texts
from surveys.fieldwork.responses import lock_and_reload, note_first_answer, refuse_unless_open
from surveys.instrument.answer_decisions import decide
from surveys.instrument.routing import AnswerValue
from surveys.models import RespondentSession, Response


@dataclass(frozen=True)
class RecordResult:
    """The result of a save, by item code.

    `saved` holds the new versions, `refused` the expected values of invalid answers. `conflicts` holds the stored
    answers of items that another device changed meanwhile. `not_asked` lists the items that are not asked.
    """

    saved: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    not_asked: list[str] = field(default_factory=list)
    conflicts: dict[str, StoredAnswer] = field(default_factory=dict)


@transaction.atomic
def record_answers(
    response: Response,
    answers: Mapping[str, AnswerValue],
    *,
    at: datetime,
    seen_versions: Mapping[str, int] | None = None,
    session: RespondentSession | None = None,
) -> RecordResult:
    """Saves the valid answers and reports the others, so that one invalid answer loses no other.

    A blank answer clears the item. `seen_versions` holds the versions that the respondent saw; without it, the given
    answers replace the stored ones. Raises WaveClosed or AlreadySubmitted, and then nothing is saved.
    """
    response = lock_and_reload(response)
    refuse_unless_open(response, at)
    decisions = decide(response_state_without_texts(response), answers)
    batch = answer_writer.batch_of(response, decisions.accepted)
    changed_answers = (
        decisions.accepted
        if seen_versions is None
        else _without_stale_repeats(batch, decisions.accepted, seen_versions)
    )
    saved, stale = record(batch, changed_answers, seen_versions=seen_versions, session=session, at=at)
    conflicts = {code: stored for code, stored in stale.items() if stored.value != changed_answers[code]}
    return RecordResult(saved, decisions.refused, decisions.not_asked, conflicts)


def record(
    batch: AnswerBatch,
    answers: Mapping[str, AnswerValue],
    *,
    at: datetime,
    seen_versions: Mapping[str, int] | None = None,
    session: RespondentSession | None = None,
    noted_after: timedelta | None = None,
) -> tuple[dict[str, int], dict[str, StoredAnswer]]:
    """Writes answers on top of the versions that the sender saw. Returns the new versions and the stale items.

    An item is stale if its newest version is not the one in `seen_versions`. Its stored answer stays and is returned.
    If the stored answer was saved within `noted_after` before `at`, its change gets no note in the audit trail.
    """
    stale = {
        code: batch.stored_of(code)
        for code in answers
        if seen_versions is not None and seen_versions.get(code, 0) != batch.stored_of(code).version
    }
    answer_writer.refuse(batch, {code: answers[code] for code in stale}, seen_versions or {}, at=at)
    current = {code: value for code, value in answers.items() if code not in stale}
    versions = answer_writer.write(batch, current, at=at)
    if any(versions.values()):
        note_first_answer(batch.response, session=session, at=at)
    changed = [
        code
        for code, version in versions.items()
        if version != batch.stored_of(code).version and _needs_note(batch.stored_of(code), noted_after, at)
    ]
    if changed and session is not None:
        note("saved answers", batch.response.invitation, by=RESPONDENT, about=" ".join(changed), at=at)
    return versions, stale


def _needs_note(stored: StoredAnswer, noted_after: timedelta | None, at: datetime) -> bool:
    return noted_after is None or stored.saved_at is None or at - stored.saved_at > noted_after


def _without_stale_repeats(
    batch: AnswerBatch, answers: Mapping[str, AnswerValue], seen_versions: Mapping[str, int]
) -> dict[str, AnswerValue]:
    """Drops the answers that the respondent left as they were on the page while a newer version was saved.

    A page sends all its fields. The newer version stays, and no conflict is shown.
    """
    return {
        code: value
        for code, value in answers.items()
        if seen_versions.get(code, 0) == batch.stored_of(code).version
        or value == batch.stored_of(code).value
        or value != answer_history.answer_at_version(batch.response, code, seen_versions.get(code, 0)).value
    }
