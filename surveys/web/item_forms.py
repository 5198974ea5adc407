"""Form fields of items: the fields to show, and the answers of a posted form.

Names in the form are item codes, with `.number`, `.basis`, `.text.OPTION`, `.shown` and `.version` after a dot.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from surveys.fieldwork.answer_history import StoredAnswer
from surveys.instrument.questionnaire_definition import Item, Option, Questionnaire
from surveys.instrument.response_state import ResponseState
from surveys.instrument.routing import AnswerValue

MAX_DIGITS = 12
NO_ANSWER = lazy("no answer")
NUMBER, BASIS, TEXT, SHOWN, VERSION = ".number", ".basis", ".text", ".shown", ".version"


@dataclass(frozen=True)
class Choice:
    option: Option
    checked: bool
    text: str


@dataclass(frozen=True)
class Conflict:
    """Two versions of an answer in words, saved by two people or in two windows."""

    mine: str
    theirs: str
    saved_at: datetime | None


@dataclass(frozen=True)
class ItemField:
    """An item with the values of its fields and their errors."""

    item: Item
    choices: tuple[Choice, ...]
    number: str
    text: str
    basis: str
    bases: tuple[tuple[str, str], ...]
    error: str
    version: int
    is_asked: bool
    conflict: Conflict | None = None

    @property
    def kind(self) -> str:
        if self.item.is_numeric:
            return "number"
        return {"multiple": "multiple", "text": "text"}.get(self.item.type, "single")

    @property
    def limits(self) -> str:
        if self.item.maximum is None:
            return _("A whole number, {minimum} or more").format(minimum=self.item.minimum)
        return _("A whole number from {minimum} to {maximum}").format(
            minimum=self.item.minimum, maximum=self.item.maximum
        )


@dataclass(frozen=True)
class PostedAnswers:
    """The posted answers with the versions that the page had shown, and the expected values of unreadable answers."""

    answers: dict[str, AnswerValue]
    versions: dict[str, int]
    errors: dict[str, str]


def posted_answers(items: Iterable[Item], form: QueryDict) -> PostedAnswers:
    """Reads the posted answers. Only items that were on the page count: an absent field is not an answer."""
    answers = PostedAnswers({}, {}, {})
    for item in items:
        if item.code + SHOWN not in form:
            continue
        number = form.get(item.code + NUMBER, "").strip()
        if number and not (number.isdecimal() and len(number) <= MAX_DIGITS):
            answers.errors[item.code] = _(
                "a whole number, in at most {most_digits} digits and nothing else"
            ).format(most_digits=MAX_DIGITS)
            continue
        answers.answers[item.code] = _answer_value(item, form, int(number) if number else None)
        answers.versions[item.code] = _version(form.get(item.code + VERSION, ""))
    return answers


def _version(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < MAX_DIGITS - 2 else 0


def _answer_value(item: Item, form: QueryDict, number: int | None) -> AnswerValue:
    options = tuple(code for code in form.getlist(item.code) if code)
    texts = ((code, form.get(f"{item.code}{TEXT}.{code}", "").strip()) for code in options)
    return AnswerValue(
        options=options,
        number=number,
        text=form.get(item.code + TEXT, "").strip(),
        basis=form.get(item.code + BASIS, ""),
        texts=tuple((code, text) for code, text in texts if text),
    )


@dataclass(frozen=True)
class RejectedForm:
    """A form that was not accepted completely: its values, its errors, and the items changed meanwhile."""

    form: QueryDict
    errors: Mapping[str, str]
    conflicts: Mapping[str, StoredAnswer]

    def is_typed(self, code: str) -> bool:
        return code in self.errors or code in self.conflicts


def item_fields(
    state: ResponseState, section: str, versions: Mapping[str, int], *, rejected: RejectedForm | None = None
) -> list[ItemField]:
    """Returns the fields of a section. Items of `rejected` that were not accepted show the posted values again.

    The section includes items that are not asked yet, but may be asked after other answers.
    """
    asked = {item.code for item in state.items_of(section)}
    return [
        _field(state, item, versions.get(item.code, 0), item.code in asked, rejected)
        for item in state.possible_items_of(section)
    ]


def _field(
    state: ResponseState, item: Item, version: int, is_asked: bool, rejected: RejectedForm | None
) -> ItemField:
    questionnaire, answer = state.questionnaire, state.own_answers.get(item.code, AnswerValue())
    number = "" if answer.number is None else str(answer.number)
    if rejected is not None and rejected.is_typed(item.code):
        number = rejected.form.get(item.code + NUMBER, "")
        answer = _answer_value(item, rejected.form, None)
    texts = dict(answer.texts)
    return ItemField(
        item=item,
        choices=tuple(
            Choice(option, option.code in answer.options, texts.get(option.code, ""))
            for option in item.options
        ),
        number=number,
        text=answer.text,
        basis=answer.basis,
        bases=tuple((basis.code, basis.label) for basis in questionnaire.evidence_bases)
        if questionnaire.takes_basis(item)
        else (),
        error=rejected.errors.get(item.code, "") if rejected else "",
        version=version,
        is_asked=is_asked,
        conflict=_conflict(questionnaire, item, answer, number, rejected) if rejected else None,
    )


def _conflict(
    questionnaire: Questionnaire, item: Item, answer: AnswerValue, number: str, rejected: RejectedForm
) -> Conflict | None:
    stored = rejected.conflicts.get(item.code)
    if stored is None:
        return None
    text = answer_text(questionnaire, item, answer)
    return Conflict(
        mine=f"{number}{', ' if number and text else ''}{text}" or str(NO_ANSWER),
        theirs=answer_text(questionnaire, item, stored.value) or str(NO_ANSWER),
        saved_at=stored.saved_at,
    )


def answer_text(questionnaire: Questionnaire, item: Item, answer: AnswerValue) -> str:
    parts = ["" if answer.number is None else str(answer.number)]
    texts = dict(answer.texts)
    for option in item.options:
        if option.code in answer.options:
            option_text = texts.get(option.code)
            parts.append(f"{option.label}: {option_text}" if option_text else option.label)
    parts.append(answer.text)
    parts += [basis.label for basis in questionnaire.evidence_bases if basis.code == answer.basis]
    return ", ".join(part for part in parts if part)


class CodeForm(forms.Form):
    code = forms.CharField(max_length=20, label=lazy("The code from the mail"))
