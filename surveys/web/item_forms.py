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

    given: dict[str, AnswerValue]
    versions: dict[str, int]
    unreadable: dict[str, str]


def posted_answers(items: Iterable[Item], form: QueryDict) -> PostedAnswers:
    """Reads the posted answers. Only items that were on the page count: an absent field is not an answer."""
    posted = PostedAnswers({}, {}, {})
    for item in items:
        if item.code + SHOWN not in form:
            continue
        number = form.get(item.code + NUMBER, "").strip()
        if number and not (number.isdecimal() and len(number) <= MAX_DIGITS):
            posted.unreadable[item.code] = _(
                "a whole number, in at most {most_digits} digits and nothing else"
            ).format(most_digits=MAX_DIGITS)
            continue
        posted.given[item.code] = _answer_value(item, form, int(number) if number else None)
        posted.versions[item.code] = _version(form.get(item.code + VERSION, ""))
    return posted


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
    standing: ResponseState, section: str, versions: Mapping[str, int], *, sent: RejectedForm | None = None
) -> list[ItemField]:
    """Returns the fields of a section. Items of `sent` that were not accepted show the posted values again.

    The section includes items that are not asked yet, but may be asked after other answers.
    """
    asked = {item.code for item in standing.items_of(section)}
    return [
        _field(standing, item, versions.get(item.code, 0), item.code in asked, sent)
        for item in standing.possible_items_of(section)
    ]


def _field(
    standing: ResponseState, item: Item, version: int, is_asked: bool, sent: RejectedForm | None
) -> ItemField:
    questionnaire, given = standing.questionnaire, standing.own.get(item.code, AnswerValue())
    number = "" if given.number is None else str(given.number)
    if sent is not None and sent.is_typed(item.code):
        number = sent.form.get(item.code + NUMBER, "")
        given = _answer_value(item, sent.form, None)
    texts = dict(given.texts)
    return ItemField(
        item=item,
        choices=tuple(
            Choice(option, option.code in given.options, texts.get(option.code, ""))
            for option in item.options
        ),
        number=number,
        text=given.text,
        basis=given.basis,
        bases=tuple((basis.code, basis.label) for basis in questionnaire.evidence_bases)
        if questionnaire.takes_basis(item)
        else (),
        error=sent.errors.get(item.code, "") if sent else "",
        version=version,
        is_asked=is_asked,
        conflict=_conflict(questionnaire, item, given, number, sent) if sent else None,
    )


def _conflict(
    questionnaire: Questionnaire, item: Item, mine: AnswerValue, number: str, sent: RejectedForm
) -> Conflict | None:
    stored = sent.conflicts.get(item.code)
    if stored is None:
        return None
    words = answer_text(questionnaire, item, mine)
    return Conflict(
        mine=f"{number}{', ' if number and words else ''}{words}" or str(NO_ANSWER),
        theirs=answer_text(questionnaire, item, stored.given) or str(NO_ANSWER),
        saved_at=stored.saved_at,
    )


def answer_text(questionnaire: Questionnaire, item: Item, given: AnswerValue) -> str:
    parts = ["" if given.number is None else str(given.number)]
    texts = dict(given.texts)
    for option in item.options:
        if option.code in given.options:
            words = texts.get(option.code)
            parts.append(f"{option.label}: {words}" if words else option.label)
    parts.append(given.text)
    parts += [basis.label for basis in questionnaire.evidence_bases if basis.code == given.basis]
    return ", ".join(part for part in parts if part)


class CodeForm(forms.Form):
    code = forms.CharField(max_length=20, label=lazy("The code from the mail"))
