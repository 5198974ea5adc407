"""Writes answers of one response as rows, and adds a version to the history for each change."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from surveys.database.insert_statements import Insertion
from surveys.fieldwork import answer_history
from surveys.fieldwork.answer_history import StoredAnswer
from surveys.instrument.routing import AnswerValue
from surveys.models import Answer, AnswerVersion, Item, Option, Response, Selection

ANSWERS = Insertion(Answer, unique_columns=("response", "item"))
VERSIONS = Insertion(AnswerVersion)
SELECTIONS = Insertion(Selection)


@dataclass(frozen=True)
class AnswerBatch:
    """The items of a response that may be written, with their keys and stored answers."""

    response: Response
    items: dict[str, int]
    multiple: frozenset[str]
    stored: dict[str, StoredAnswer]

    def stored_of(self, code: str) -> StoredAnswer:
        return self.stored.get(code, StoredAnswer())


def batch_of(response: Response, codes: Collection[str]) -> AnswerBatch:
    rows = Item.objects.filter(
        questionnaire_id=response.invitation.wave.questionnaire_id, code__in=codes
    ).order_by()
    columns = list(rows.values_list("code", "pk", "type"))
    items = {code: pk for code, pk, _ in columns}
    multiple = frozenset(code for code, _, type_ in columns if type_ == "multiple")
    return AnswerBatch(
        response, items, multiple, answer_history.newest_answers(response, items.values()) if items else {}
    )


def write(batch: AnswerBatch, answers: Mapping[str, AnswerValue], *, at: datetime) -> dict[str, int]:
    """Writes the changed answers. Returns the version of each item afterwards; unchanged answers get no new version."""
    changed = {code: value for code, value in answers.items() if value != batch.stored_of(code).value}
    versions = {code: batch.stored_of(code).version + (code in changed) for code in answers}
    if changed:
        _write_answers(batch, changed, versions, at)
        VERSIONS.add(
            answer_history.version_row(batch.response, batch.items[code], versions[code], value, at=at)
            for code, value in changed.items()
        )
    return versions


def refuse(
    batch: AnswerBatch, answers: Mapping[str, AnswerValue], seen_versions: Mapping[str, int], *, at: datetime
) -> None:
    """Adds answers to the history as refused, because the sender had not seen the newest version.

    An answer that equals the newest version is not added.
    """
    VERSIONS.add(
        answer_history.version_row(
            batch.response, batch.items[code], seen_versions.get(code, 0), value, at=at, is_refused=True
        )
        for code, value in answers.items()
        if value != batch.stored_of(code).value
    )


def _write_answers(
    batch: AnswerBatch, changed: Mapping[str, AnswerValue], versions: Mapping[str, int], at: datetime
) -> None:
    cleared = [batch.items[code] for code, value in changed.items() if value.is_blank]
    if cleared:
        Answer.objects.filter(response=batch.response, item__in=cleared).delete()
    not_blank = {code: value for code, value in changed.items() if not value.is_blank}
    if not not_blank:
        return
    options = _options(batch, not_blank)
    answers = ANSWERS.add(
        Answer(
            response=batch.response,
            item_id=batch.items[code],
            option_id=_single_option(batch, code, value, options),
            number=value.number,
            text=text_of_answer(value, is_multiple=code in batch.multiple),
            basis=value.basis,
            version=versions[code],
            saved_at=at,
        )
        for code, value in not_blank.items()
    )
    _write_selections(batch, dict(zip(not_blank, answers, strict=True)), not_blank, options)


def _write_selections(
    batch: AnswerBatch,
    answers: Mapping[str, Answer],
    values: Mapping[str, AnswerValue],
    options: Mapping[tuple[int, str], int],
) -> None:
    multiple_answers = {code: answer for code, answer in answers.items() if code in batch.multiple}
    if not multiple_answers:
        return
    if any(batch.stored_of(code).version for code in multiple_answers):
        Selection.objects.filter(answer__in=multiple_answers.values()).delete()
    SELECTIONS.add(
        Selection(
            answer=answer,
            option_id=options[answer.item_id, option],
            text=dict(values[code].texts).get(option, ""),
        )
        for code, answer in multiple_answers.items()
        for option in values[code].options
    )


def _options(batch: AnswerBatch, values: Mapping[str, AnswerValue]) -> dict[tuple[int, str], int]:
    items = [batch.items[code] for code, value in values.items() if value.options]
    if not items:
        return {}
    rows = Option.objects.filter(item__in=items).order_by().values_list("item_id", "code", "pk")
    return {(item, code): pk for item, code, pk in rows}


def _single_option(
    batch: AnswerBatch, code: str, value: AnswerValue, options: Mapping[tuple[int, str], int]
) -> int | None:
    if code in batch.multiple or not value.options:
        return None
    return options[batch.items[code], value.options[0]]


def text_of_answer(value: AnswerValue, *, is_multiple: bool) -> str:
    """Returns the text column of an answer. Texts beside the options of a multiple item are stored with its
    selections."""
    return value.text if is_multiple or not value.texts else value.texts[0][1]
