"""Decides which items are asked, given the answers so far.

Routing is per organisation: the answer of one respondent can add or remove items of the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from surveys.instrument.questionnaire_definition import ANY_ROLE, Item, Questionnaire


@dataclass(frozen=True)
class AnswerValue:
    """An answer to one item: option codes, a number or a text, with texts beside options and the evidence basis."""

    options: tuple[str, ...] = ()
    number: int | None = None
    text: str = ""
    basis: str = ""
    texts: tuple[tuple[str, str], ...] = ()

    @property
    def is_blank(self) -> bool:
        return not self.options and self.number is None and not self.text


def normal_form(item: Item, answer: AnswerValue) -> AnswerValue:
    """Returns the answer in normal form, so that equal answers compare as equal.

    Options and their texts are in the order of the item, and line ends are `\\n`. A basis without an answer is
    dropped.
    """
    if answer.is_blank:
        return AnswerValue()
    codes, texts = [option.code for option in item.options], dict(answer.texts)
    return replace(
        answer,
        options=tuple(code for code in codes if code in answer.options),
        text=answer.text.replace("\r\n", "\n"),
        texts=tuple((code, texts[code]) for code in codes if code in texts),
    )


Answers = Mapping[str, AnswerValue]


def decided_by(item: Item) -> frozenset[str]:
    """Returns the codes of the items whose answers decide whether this item is asked."""
    gate = {item.ask_if.item} if item.ask_if else set()
    return frozenset(gate | {item.code} if item.role == ANY_ROLE else gate)


def decides_others(questionnaire: Questionnaire, item: Item) -> bool:
    return any(other.ask_if and other.ask_if.item == item.code for other in questionnaire.items)


def gate_is_open(item: Item, organization_answers: Answers) -> bool | None:
    """Returns whether the gate of an item is open; None while the question of the gate is unanswered.

    "Don't know" opens `not_equal` and closes `any_of`.
    """
    if item.ask_if is None:
        return True
    answer = organization_answers.get(item.ask_if.item)
    if answer is None or answer.is_blank:
        return None
    if item.ask_if.not_equal is not None:
        return answer.number != item.ask_if.not_equal
    return not set(item.ask_if.any_of).isdisjoint(answer.options)


def may_be_asked(item: Item, role: str) -> bool:
    return item.status == "core" and item.role in (role, ANY_ROLE)


def is_asked(
    questionnaire: Questionnaire,
    item: Item,
    *,
    role: str,
    own_answers: Answers,
    organization_answers: Answers,
) -> bool:
    """Returns whether a respondent is asked an item.

    While the question of a gate is unanswered, the item is not asked of a respondent who is asked that question.
    Other respondents are asked the item, and can answer don't know.
    """
    if not may_be_asked(item, role):
        return False
    if item.role == ANY_ROLE and item.code in organization_answers and item.code not in own_answers:
        return False
    is_open = gate_is_open(item, organization_answers)
    if is_open is None and item.ask_if is not None:
        return questionnaire.item(item.ask_if.item).role not in (role, ANY_ROLE)
    return bool(is_open)


def route(
    questionnaire: Questionnaire,
    answers: Answers,
    *,
    role: str,
    own_answers: Answers,
    organization_answers: Answers,
) -> dict[str, AnswerValue]:
    """Returns the answers to items that are asked, in the order of the questionnaire.

    An answer adds or removes later items, like the earlier answers of the respondent (`own_answers`) and of the
    organisation.
    """
    own_answers, organization_answers = dict(own_answers), dict(organization_answers)
    routed: dict[str, AnswerValue] = {}
    for item in questionnaire.items:
        answer = answers.get(item.code)
        if answer is None or not is_asked(
            questionnaire, item, role=role, own_answers=own_answers, organization_answers=organization_answers
        ):
            continue
        routed[item.code] = answer
        for answered in (own_answers, organization_answers):
            if answer.is_blank:
                answered.pop(item.code, None)
            else:
                answered[item.code] = answer
    return routed


def asked_items(
    questionnaire: Questionnaire, *, role: str, own_answers: Answers, organization_answers: Answers
) -> tuple[Item, ...]:
    return tuple(
        item
        for item in questionnaire.items
        if is_asked(
            questionnaire, item, role=role, own_answers=own_answers, organization_answers=organization_answers
        )
    )
