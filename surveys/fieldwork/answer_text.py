"""An answer as text, as a respondent reads it again."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from surveys.instrument.questionnaire_definition import Item
from surveys.instrument.response_state import ResponseState
from surveys.instrument.routing import AnswerValue


@dataclass(frozen=True)
class AnsweredItem:
    """An item with the own answer as lines, empty where it was left open. basis: how the respondent knows."""

    item: Item
    lines: list[str]
    basis: str

    @classmethod
    def of(cls, item: Item, state: ResponseState) -> "AnsweredItem":
        answer = state.own_answers.get(item.code, AnswerValue())
        labels = {basis.code: basis.label for basis in state.questionnaire.evidence_bases}
        return cls(item, answer_lines(item, answer), labels.get(answer.basis, ""))


def answer_lines(item: Item, answer: AnswerValue) -> list[str]:
    """Returns the answer as lines: each option with its text, or the number, or the text. Empty for no answer."""
    return list(_lines(item, answer))


def _lines(item: Item, answer: AnswerValue) -> Iterator[str]:
    texts = dict(answer.texts)
    for code in answer.options:
        label = item.option(code).label
        yield _("{label}: {text}").format(label=label, text=texts[code]) if texts.get(code) else label
    if answer.number is not None:
        yield f"{answer.number}\u202f%" if item.type == "percent" else str(answer.number)
    if answer.text:
        yield answer.text
