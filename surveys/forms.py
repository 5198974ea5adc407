"""Items as form fields: what to show, and what a posted form gave. Names in the form are item codes, with
`.number`, `.basis`, `.text.OPTION` and `.shown` behind a dot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.http import QueryDict

from surveys.instrument import Item, Option, Questionnaire
from surveys.routing import Given

MOST_DIGITS = 12
NUMBER, BASIS, TEXT, SHOWN = ".number", ".basis", ".text", ".shown"


@dataclass(frozen=True)
class Choice:
    option: Option
    checked: bool
    text: str


@dataclass(frozen=True)
class ItemField:
    """One item with what stands in its fields and what was wrong with it."""

    item: Item
    choices: tuple[Choice, ...]
    number: str
    text: str
    basis: str
    bases: tuple[tuple[str, str], ...]
    error: str

    @property
    def kind(self) -> str:
        if self.item.is_numeric:
            return "number"
        return {"multiple": "multiple", "text": "text"}.get(self.item.type, "single")

    @property
    def limits(self) -> str:
        if self.item.maximum is None:
            return f"A whole number, {self.item.minimum} or more"
        return f"A whole number from {self.item.minimum} to {self.item.maximum}"


@dataclass(frozen=True)
class Posted:
    """Answers as given, and what was expected where something cannot be read as an answer."""

    given: dict[str, Given]
    unreadable: dict[str, str]


def posted_answers(items: Iterable[Item], form: QueryDict) -> Posted:
    """Only items that were on the page count: an absent field is not an answer."""
    posted = Posted({}, {})
    for item in items:
        if item.code + SHOWN not in form:
            continue
        number = form.get(item.code + NUMBER, "").strip()
        if number and not (number.isdecimal() and len(number) <= MOST_DIGITS):
            posted.unreadable[item.code] = f"a whole number, in at most {MOST_DIGITS} digits and nothing else"
            continue
        posted.given[item.code] = _given(item, form, int(number) if number else None)
    return posted


def _given(item: Item, form: QueryDict, number: int | None) -> Given:
    options = tuple(code for code in form.getlist(item.code) if code)
    texts = ((code, form.get(f"{item.code}{TEXT}.{code}", "").strip()) for code in options)
    return Given(
        options=options,
        number=number,
        text=form.get(item.code + TEXT, "").strip(),
        basis=form.get(item.code + BASIS, ""),
        texts=tuple((code, text) for code, text in texts if text),
    )


def item_fields(
    questionnaire: Questionnaire,
    items: Iterable[Item],
    own: Mapping[str, Given],
    *,
    form: QueryDict | None = None,
    errors: Mapping[str, str] | None = None,
) -> list[ItemField]:
    """With `form` and `errors`, refused items show again what was typed, so that nothing has to be typed twice."""
    return [
        _field(questionnaire, item, own.get(item.code, Given()), form, (errors or {}).get(item.code, ""))
        for item in items
    ]


def _field(
    questionnaire: Questionnaire, item: Item, given: Given, form: QueryDict | None, error: str
) -> ItemField:
    number = "" if given.number is None else str(given.number)
    if error and form is not None:
        number = form.get(item.code + NUMBER, "")
        given = _given(item, form, None)
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
        error=error,
    )
