"""Decides which answers of a set are taken: valid answers to items that are asked."""

from dataclasses import dataclass, field

from surveys.instrument.response_state import ResponseState
from surveys.instrument.routing import Answers, AnswerValue, route
from surveys.instrument.validity import InvalidAnswer, valid_answer


@dataclass(frozen=True)
class AnswerDecisions:
    """The decisions on a set of answers, by item code.

    `taken` holds the accepted answers in normal form, `refused` the expected values of invalid answers. `not_asked`
    lists the codes of items that are not asked.
    """

    taken: dict[str, AnswerValue] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    not_asked: list[str] = field(default_factory=list)


def decide(standing: ResponseState, given: Answers) -> AnswerDecisions:
    """Decides on each answer. A blank answer is valid, and clears the item."""
    questionnaire = standing.questionnaire
    valid: dict[str, AnswerValue] = {}
    refused: dict[str, str] = {}
    for item in questionnaire.items:
        if item.code in given:
            try:
                valid[item.code] = valid_answer(questionnaire, item, given[item.code])
            except InvalidAnswer as error:
                refused[item.code] = error.expected
    taken = route(
        questionnaire, valid, role=standing.role, own=standing.own, organization=standing.organization
    )
    not_asked = [code for code in given if code not in taken and code not in refused]
    return AnswerDecisions(taken, refused, not_asked)
