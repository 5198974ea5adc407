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

    accepted: dict[str, AnswerValue] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    not_asked: list[str] = field(default_factory=list)


def decide(state: ResponseState, answers: Answers) -> AnswerDecisions:
    """Decides on each answer. A blank answer is valid, and clears the item."""
    questionnaire = state.questionnaire
    valid: dict[str, AnswerValue] = {}
    refused: dict[str, str] = {}
    for item in questionnaire.items:
        if item.code in answers:
            try:
                valid[item.code] = valid_answer(questionnaire, item, answers[item.code])
            except InvalidAnswer as error:
                refused[item.code] = error.expected
    accepted = route(
        questionnaire,
        valid,
        role=state.role,
        own_answers=state.own_answers,
        organization_answers=state.organization_answers,
    )
    not_asked = [code for code in answers if code not in accepted and code not in refused]
    return AnswerDecisions(accepted, refused, not_asked)
