"""Writes answers as rows, each change with its version. Called by the verbs of fieldwork inside their transaction."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from surveys.database.insert_statements import Insertion
from surveys.fieldwork import answer_history
from surveys.fieldwork.answer_history import Held
from surveys.instrument.routing import Given
from surveys.models import Answer, AnswerVersion, Item, Option, Response, Selection

ANSWERS = Insertion(Answer, once=("response", "item"))
VERSIONS = Insertion(AnswerVersion)
SELECTIONS = Insertion(Selection)


@dataclass(frozen=True)
class Sheet:
    """The items that are about to be written: their rows, and what is held of them."""

    response: Response
    items: dict[str, int]
    multiple: frozenset[str]
    held: dict[str, Held]

    def held_of(self, code: str) -> Held:
        return self.held.get(code, Held())


@dataclass(frozen=True)
class Written:
    """The version of each item afterwards, and what is held where an item had changed meanwhile."""

    versions: dict[str, int] = field(default_factory=dict)
    conflicts: dict[str, Held] = field(default_factory=dict)


def sheet_of(response: Response, codes: Collection[str]) -> Sheet:
    rows = Item.objects.filter(
        questionnaire_id=response.invitation.wave.questionnaire_id, code__in=codes
    ).order_by()
    found = list(rows.values_list("code", "pk", "type"))
    items = {code: pk for code, pk, _ in found}
    multiple = frozenset(code for code, _, type_ in found if type_ == "multiple")
    return Sheet(response, items, multiple, answer_history.newest(response, items.values()) if items else {})


def write(sheet: Sheet, given: Mapping[str, Given], *, at: datetime) -> dict[str, int]:
    """The version of each item afterwards. What did not change gets no new version."""
    changed = {code: value for code, value in given.items() if value != sheet.held_of(code).given}
    versions = {code: sheet.held_of(code).version + (code in changed) for code in given}
    if changed:
        _write_answers(sheet, changed, versions, at)
        VERSIONS.add(
            answer_history.row(sheet.response, sheet.items[code], versions[code], value, at=at)
            for code, value in changed.items()
        )
    return versions


def refuse(sheet: Sheet, given: Mapping[str, Given], based_on: Mapping[str, int], *, at: datetime) -> None:
    """Keeps the words of somebody who did not know the newest version, unless it says the same."""
    VERSIONS.add(
        answer_history.row(sheet.response, sheet.items[code], based_on[code], value, at=at, is_refused=True)
        for code, value in given.items()
        if value != sheet.held_of(code).given
    )


def _write_answers(
    sheet: Sheet, changed: Mapping[str, Given], versions: Mapping[str, int], at: datetime
) -> None:
    cleared = [sheet.items[code] for code, value in changed.items() if value.is_blank]
    if cleared:
        Answer.objects.filter(response=sheet.response, item__in=cleared).delete()
    kept = {code: value for code, value in changed.items() if not value.is_blank}
    if not kept:
        return
    options = _options(sheet, kept)
    answers = ANSWERS.add(
        Answer(
            response=sheet.response,
            item_id=sheet.items[code],
            option_id=_single_option(sheet, code, value, options),
            number=value.number,
            text=text_of_answer(value, is_multiple=code in sheet.multiple),
            basis=value.basis,
            version=versions[code],
            saved_at=at,
        )
        for code, value in kept.items()
    )
    _write_selections(sheet, dict(zip(kept, answers, strict=True)), kept, options)


def _write_selections(
    sheet: Sheet,
    answers: Mapping[str, Answer],
    kept: Mapping[str, Given],
    options: Mapping[tuple[int, str], int],
) -> None:
    several = {code: answer for code, answer in answers.items() if code in sheet.multiple}
    if not several:
        return
    if any(sheet.held_of(code).version for code in several):
        Selection.objects.filter(answer__in=several.values()).delete()
    SELECTIONS.add(
        Selection(
            answer=answer,
            option_id=options[answer.item_id, chosen],
            text=dict(kept[code].texts).get(chosen, ""),
        )
        for code, answer in several.items()
        for chosen in kept[code].options
    )


def _options(sheet: Sheet, kept: Mapping[str, Given]) -> dict[tuple[int, str], int]:
    items = [sheet.items[code] for code, value in kept.items() if value.options]
    if not items:
        return {}
    rows = Option.objects.filter(item__in=items).order_by().values_list("item_id", "code", "pk")
    return {(item, code): pk for item, code, pk in rows}


def _single_option(
    sheet: Sheet, code: str, given: Given, options: Mapping[tuple[int, str], int]
) -> int | None:
    if code in sheet.multiple or not given.options:
        return None
    return options[sheet.items[code], given.options[0]]


def text_of_answer(given: Given, *, is_multiple: bool) -> str:
    """The words beside the options of a multiple item stand with its selections."""
    return given.text if is_multiple or not given.texts else given.texts[0][1]
