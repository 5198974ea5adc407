"""Records sets of answers to one response."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from surveys.fieldwork import answer_history, answer_writer
from surveys.fieldwork.answer_history import Held
from surveys.fieldwork.audit_notes import RESPONDENT, note
from surveys.fieldwork.queries import Standing, standing_without_words
from surveys.fieldwork.responses import locked, note_first_answer, refuse_unless_open
from surveys.instrument.routing import Given, is_asked, normal_form
from surveys.instrument.validity import expected_instead
from surveys.models import RespondentSession, Response


@dataclass(frozen=True)
class Recorded:
    """What became of a set of answers: version by item, what was expected instead, items not asked, and what is held
    of items that were changed by somebody else meanwhile."""

    saved: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    not_asked: list[str] = field(default_factory=list)
    conflicts: dict[str, Held] = field(default_factory=dict)


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
    standing = standing_without_words(response)
    recorded = Recorded()
    accepted: dict[str, Given] = {}
    for item in standing.questionnaire.items:
        if item.code not in given:
            continue
        expected = expected_instead(standing.questionnaire, item, given[item.code])
        if expected:
            recorded.refused[item.code] = expected
        elif is_asked(
            standing.questionnaire,
            item,
            role=standing.role,
            own=standing.own,
            organization=standing.organization,
        ):
            accepted[item.code] = normal_form(item, given[item.code])
            _note(standing, item.code, accepted[item.code])
        else:
            recorded.not_asked.append(item.code)
    known = {item.code for item in standing.questionnaire.items}
    recorded.not_asked.extend(code for code in given if code not in known)
    sheet = answer_writer.sheet_of(response, accepted)
    if based_on is not None:
        recorded.conflicts.update(_set_aside(sheet, accepted, based_on, at))
    recorded.saved.update(answer_writer.write(sheet, accepted, at=at))
    if any(recorded.saved.values()):
        note_first_answer(response, session=session, at=at)
    changed = [code for code, version in recorded.saved.items() if version != sheet.held_of(code).version]
    if changed and session is not None:
        note("saved answers", response.invitation, by=RESPONDENT, about=" ".join(changed), at=at)
    return recorded


def _set_aside(
    sheet: answer_writer.Sheet, accepted: dict[str, Given], based_on: Mapping[str, int], at: datetime
) -> dict[str, Held]:
    """Takes out what was given without knowledge of a newer version. Fields that stand as they were seen say nothing:
    there the newer version stays, and nobody is asked."""
    stale = {
        code: accepted.pop(code)
        for code in list(accepted)
        if based_on.get(code, 0) != sheet.held_of(code).version
    }
    changed = {
        code: value
        for code, value in stale.items()
        if value != sheet.held_of(code).given
        and value != answer_history.at_version(sheet.response, code, based_on.get(code, 0)).given
    }
    answer_writer.refuse(sheet, changed, {code: based_on.get(code, 0) for code in changed}, at=at)
    return {code: sheet.held_of(code) for code in changed}


@transaction.atomic
def correct_answers(response: Response, given: Mapping[str, Given], *, at: datetime) -> dict[str, int]:
    """The source of a response is right, also after submission. Items it no longer answers are cleared, and every
    earlier state stays in the history. `surveys.imports` does the same for many responses at once."""
    cleared = {code: Given() for code in standing_without_words(response).own if code not in given}
    response.corrected_at = at
    response.save(update_fields=["corrected_at"])
    answers = cleared | dict(given)
    return answer_writer.write(answer_writer.sheet_of(response, answers), answers, at=at)


def _note(standing: Standing, code: str, given: Given) -> None:
    """Later items of the same set are routed by this answer."""
    for answers in (standing.own, standing.organization):
        if given.is_blank:
            answers.pop(code, None)
        else:
            answers[code] = given
