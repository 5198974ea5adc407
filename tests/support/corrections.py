"""Corrections of one response, as an import makes them for many at once."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from surveys.fieldwork import answer_writer
from surveys.fieldwork.queries import standing_without_words
from surveys.instrument.routing import Given
from surveys.models import Response


@transaction.atomic
def correct_answers(response: Response, given: Mapping[str, Given], *, at: datetime) -> dict[str, int]:
    """The source of a response is right, also after submission. Items it no longer answers are cleared, and every
    earlier state stays in the history."""
    cleared = {code: Given() for code in standing_without_words(response).own if code not in given}
    response.corrected_at = at
    response.save(update_fields=["corrected_at"])
    answers = cleared | dict(given)
    return answer_writer.write(answer_writer.batch_of(response, answers), answers, at=at)
