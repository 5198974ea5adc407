"""Reads the answers of one response, and corrects them as an import corrects many at once."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from surveys.fieldwork import answer_writer
from surveys.fieldwork.queries import answer_values, response_state_without_texts
from surveys.instrument.routing import AnswerValue
from surveys.models import Answer, Response


def given_by_item(answers: QuerySet[Answer]) -> dict[str, AnswerValue]:
    return {code: given for _, code, given in answer_values(answers)}


@transaction.atomic
def correct_answers(
    response: Response, source_answers: Mapping[str, AnswerValue], *, at: datetime
) -> dict[str, int]:
    """Replaces the answers of a response by those of its source, also after submission. Items that the source no
    longer answers are cleared, and every earlier state stays in the history."""
    cleared = {
        code: AnswerValue()
        for code in response_state_without_texts(response).own_answers
        if code not in source_answers
    }
    response.corrected_at = at
    response.save(update_fields=["corrected_at"])
    answers = cleared | dict(source_answers)
    return answer_writer.write(answer_writer.batch_of(response, answers), answers, at=at)
