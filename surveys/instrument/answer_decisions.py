"""Which answers of a set are taken: valid ones, to items that are asked."""

from dataclasses import dataclass, field

from surveys.instrument.questionnaire_definition import Questionnaire
from surveys.instrument.routing import Answers, Given, route
from surveys.instrument.validity import InvalidAnswer, valid_answer


@dataclass(frozen=True)
class Decisions:
    """By item code the answers taken, in normal form, and what was expected instead of invalid ones; and the codes of
    items that are not asked."""

    taken: dict[str, Given] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    not_asked: list[str] = field(default_factory=list)


def decide(
    questionnaire: Questionnaire, given: Answers, *, role: str, own: Answers, organization: Answers
) -> Decisions:
    """`own` and `organization`: the answers stored before. A blank answer is valid, and clears the item."""
    valid: dict[str, Given] = {}
    refused: dict[str, str] = {}
    for item in questionnaire.items:
        if item.code in given:
            try:
                valid[item.code] = valid_answer(questionnaire, item, given[item.code])
            except InvalidAnswer as error:
                refused[item.code] = error.expected
    taken = route(questionnaire, valid, role=role, own=own, organization=organization)
    not_asked = [code for code in given if code not in taken and code not in refused]
    return Decisions(taken, refused, not_asked)
