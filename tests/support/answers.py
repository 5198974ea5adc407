"""Reads the answers of one response, and corrects them as an import corrects many at once."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from surveys.fieldwork import answer_writer
from surveys.fieldwork.queries import given_answers, standing_without_words
from surveys.instrument.routing import Given
from surveys.models import Answer, Response


def given_by_item(answers: QuerySet[Answer]) -> dict[str, Given]:
    return {code: given for _, code, given in given_answers(answers)}


@transaction.atomic
def correct_answers(
    response: Response, source_answers: Mapping[str, Given], *, at: datetime
) -> dict[str, int]:
    """Replaces the answers of a response by those of its source, also after submission. Items that the source no
    longer answers are cleared, and every earlier state stays in the history."""
    cleared = {code: Given() for code in standing_without_words(response).own if code not in source_answers}
    response.corrected_at = at
    response.save(update_fields=["corrected_at"])
    answers = cleared | dict(source_answers)
    return answer_writer.write(answer_writer.batch_of(response, answers), answers, at=at)
