"""Converts the versions of answers between `AnswerValue` values and rows of the history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Max, OuterRef, QuerySet, Subquery

from surveys.database.select_statements import utc_time
from surveys.encryption.sealing import unseal
from surveys.instrument.routing import AnswerValue
from surveys.models import AnswerVersion, Response

COLUMNS = ("item__code", "item__type", "version", "saved_at", "options", "number", "text", "basis")

BLANK = AnswerValue()
TEXT_PLACE = AnswerVersion._meta.get_field("text").place


class AnswerColumns(NamedTuple):
    """An answer as a row of the history holds it, with its text decrypted."""

    options: str
    number: int | None
    basis: str
    text: str

    @property
    def is_blank(self) -> bool:
        return not self.options and self.number is None and not self.text


@dataclass(frozen=True)
class StoredAnswer:
    """The stored answer to an item. Version 0 means that the item was never answered."""

    version: int = 0
    value: AnswerValue = BLANK
    saved_at: datetime | None = None


def newest_answers(response: Response, items: Iterable[int]) -> dict[str, StoredAnswer]:
    """Returns the newest version of the answer to each item, by item code. Runs one query."""
    accepted_versions = AnswerVersion.objects.filter(response=response, is_refused=False)
    newest_version = (
        accepted_versions.filter(item=OuterRef("item")).order_by("-version").values("version")[:1]
    )
    return _read_versions(accepted_versions.filter(item__in=items, version=Subquery(newest_version)))


def versions_of(response: Response, codes: Iterable[str]) -> dict[str, int]:
    rows = AnswerVersion.objects.filter(response=response, item__code__in=codes, is_refused=False)
    return dict(rows.order_by().values_list("item__code").annotate(Max("version")))


def answer_at_version(response: Response, code: str, version: int) -> StoredAnswer:
    rows = AnswerVersion.objects.filter(response=response, item__code=code, version=version, is_refused=False)
    return _read_versions(rows).get(code, StoredAnswer())


def version_row(
    response: Response, item: int, version: int, value: AnswerValue, *, at: datetime, is_refused: bool = False
) -> AnswerVersion:
    columns = columns_of(value)
    return AnswerVersion(
        response=response,
        item_id=item,
        version=version,
        is_refused=is_refused,
        options=columns.options,
        number=columns.number,
        text=columns.text,
        basis=columns.basis,
        saved_at=at,
    )


def columns_of(value: AnswerValue) -> AnswerColumns:
    """Returns the column values of an answer. `text` holds the text of a text item, or one line for each text beside
    an option."""
    text = value.text or "\n".join(f"{code}: {_escaped(text)}" for code, text in value.texts)
    return AnswerColumns(" ".join(value.options), value.number, value.basis, text)


def _read_versions(rows: QuerySet[AnswerVersion]) -> dict[str, StoredAnswer]:
    return {
        code: StoredAnswer(version, _answer_value(type_, options, number, str(text), basis), saved_at)
        for code, type_, version, saved_at, options, number, text, basis in rows.order_by().values_list(
            *COLUMNS
        )
    }


def stored_answer(
    type_: str, version: int, saved_at: datetime, options: str, number: int | None, text: str, basis: str
) -> StoredAnswer:
    """Converts a row of raw column values, as the database stores them."""
    plain_text = unseal(text, place=TEXT_PLACE) if text else ""
    return StoredAnswer(version, _answer_value(type_, options, number, plain_text, basis), utc_time(saved_at))


def _answer_value(type_: str, options: str, number: int | None, text: str, basis: str) -> AnswerValue:
    lines = text.split("\n") if text and type_ != "text" else []
    pairs = (line.partition(": ") for line in lines)
    return AnswerValue(
        options=tuple(options.split()),
        number=number,
        text=text if type_ == "text" else "",
        basis=basis,
        texts=tuple((code, _unescaped(escaped_text)) for code, _, escaped_text in pairs),
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")


def _unescaped(text: str) -> str:
    parts = text.split("\\\\")
    return "\\".join(part.replace("\\n", "\n").replace("\\r", "\r") for part in parts)
