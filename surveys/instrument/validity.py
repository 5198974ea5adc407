"""Checks whether an answer is valid for its item."""

from surveys.instrument.plain_text import expected_of_text
from surveys.instrument.questionnaire_definition import Item, Questionnaire
from surveys.instrument.routing import AnswerValue, normal_form

LARGEST_COUNT = 1_000_000_000


class InvalidAnswer(ValueError):
    """The answer is invalid. `expected` describes a valid answer, in words for the respondent."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


def valid_answer(questionnaire: Questionnaire, item: Item, given: AnswerValue) -> AnswerValue:
    """Returns the answer in normal form. Raises InvalidAnswer."""
    expected = expected_instead(questionnaire, item, given)
    if expected:
        raise InvalidAnswer(expected)
    return normal_form(item, given)


def expected_instead(questionnaire: Questionnaire, item: Item, given: AnswerValue) -> str | None:
    """Returns a description of a valid answer, in words for the respondent, or None if the answer is valid.

    A blank answer is always valid.
    """
    return (
        (None if given.is_blank else _expected_value(item, given))
        or _expected_text(item, given)
        or _expected_basis(questionnaire, item, given)
    )


def _expected_value(item: Item, given: AnswerValue) -> str | None:
    if item.type == "text":
        return None if given.number is None and not given.options else "a text"
    if item.is_numeric:
        return _expected_number(item, given)
    known = {option.code for option in item.options}
    if (
        given.number is not None
        or not set(given.options) <= known
        or len(set(given.options)) < len(given.options)
    ):
        return "one of the options shown"
    if len(given.options) != 1 and item.type != "multiple":
        return "exactly one of the options"
    alone = [item.option(code).label for code in given.options if item.option(code).stands_alone]
    if alone and len(given.options) > 1:
        return f"either “{alone[0]}” or other options, not both"
    return None


def _expected_number(item: Item, given: AnswerValue) -> str | None:
    special = {option.code for option in item.options}
    if given.options:
        wrong = given.number is not None or len(given.options) > 1 or given.options[0] not in special
        return "either a number or one of the options beside it" if wrong else None
    lowest, highest = item.minimum or 0, item.maximum if item.maximum is not None else LARGEST_COUNT
    if given.number is None or not lowest <= given.number <= highest:
        limit = f"from {lowest} to {highest}" if item.maximum is not None else f"of {lowest} or more"
        return f"a whole number {limit}"
    return None


def _expected_text(item: Item, given: AnswerValue) -> str | None:
    if given.text and item.type != "text":
        return "no text of its own"
    for text in (given.text, *(text for _, text in given.texts)):
        if expected := expected_of_text(text):
            return expected
    asking = {option.code for option in item.options if option.asks_text}
    if any(code not in asking or code not in given.options for code, _ in given.texts):
        return "words only beside the option that asks for them"
    return None


def _expected_basis(questionnaire: Questionnaire, item: Item, given: AnswerValue) -> str | None:
    if given.basis and given.basis not in {basis.code for basis in questionnaire.evidence_bases}:
        return "one of the listed ways of knowing"
    return None
