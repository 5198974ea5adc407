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


def valid_answer(questionnaire: Questionnaire, item: Item, answer: AnswerValue) -> AnswerValue:
    """Returns the answer in normal form. Raises InvalidAnswer."""
    expected = expected_instead(questionnaire, item, answer)
    if expected:
        raise InvalidAnswer(expected)
    return normal_form(item, answer)


def expected_instead(questionnaire: Questionnaire, item: Item, answer: AnswerValue) -> str | None:
    """Returns a description of a valid answer, in words for the respondent, or None if the answer is valid.

    A blank answer is always valid.
    """
    return (
        (None if answer.is_blank else _expected_value(item, answer))
        or _expected_text(item, answer)
        or _expected_basis(questionnaire, item, answer)
    )


def _expected_value(item: Item, answer: AnswerValue) -> str | None:
    if item.type == "text":
        return None if answer.number is None and not answer.options else "a text"
    if item.is_numeric:
        return _expected_number(item, answer)
    codes = {option.code for option in item.options}
    if (
        answer.number is not None
        or not set(answer.options) <= codes
        or len(set(answer.options)) < len(answer.options)
    ):
        return "one of the options shown"
    if len(answer.options) != 1 and item.type != "multiple":
        return "exactly one of the options"
    exclusive_labels = [item.option(code).label for code in answer.options if item.option(code).stands_alone]
    if exclusive_labels and len(answer.options) > 1:
        return f"either “{exclusive_labels[0]}” or other options, not both"
    return None


def _expected_number(item: Item, answer: AnswerValue) -> str | None:
    option_codes = {option.code for option in item.options}
    if answer.options:
        is_invalid = (
            answer.number is not None or len(answer.options) > 1 or answer.options[0] not in option_codes
        )
        return "either a number or one of the options beside it" if is_invalid else None
    lowest, highest = item.minimum or 0, item.maximum if item.maximum is not None else LARGEST_COUNT
    if answer.number is None or not lowest <= answer.number <= highest:
        limit = f"from {lowest} to {highest}" if item.maximum is not None else f"of {lowest} or more"
        return f"a whole number {limit}"
    return None


def _expected_text(item: Item, answer: AnswerValue) -> str | None:
    if answer.text and item.type != "text":
        return "no text of its own"
    for text in (answer.text, *(text for _, text in answer.texts)):
        if expected := expected_of_text(text):
            return expected
    codes_with_text = {option.code for option in item.options if option.asks_text}
    if any(code not in codes_with_text or code not in answer.options for code, _ in answer.texts):
        return "words only beside the option that asks for them"
    return None


def _expected_basis(questionnaire: Questionnaire, item: Item, answer: AnswerValue) -> str | None:
    if answer.basis and answer.basis not in {basis.code for basis in questionnaire.evidence_bases}:
        return "one of the listed ways of knowing"
    return None
