"""What an answer said at each of its versions, to and from the rows of the history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, OuterRef, QuerySet, Subquery

from surveys.database.select_statements import moment
from surveys.encryption.sealing import unseal
from surveys.instrument.routing import Given
from surveys.models import AnswerVersion, Response

COLUMNS = ("item__code", "item__type", "version", "saved_at", "options", "number", "text", "basis")

NOTHING = Given()
TEXT = AnswerVersion._meta.get_field("text").place


@dataclass(frozen=True)
class Held:
    """What is held of an item: version 0 says that it was never answered."""

    version: int = 0
    given: Given = NOTHING
    saved_at: datetime | None = None


def newest(response: Response, items: Iterable[int]) -> dict[str, Held]:
    """By item code. One query."""
    accepted = AnswerVersion.objects.filter(response=response, is_refused=False)
    last = accepted.filter(item=OuterRef("item")).order_by("-version").values("version")[:1]
    return _read(accepted.filter(item__in=items, version=Subquery(last)))


def versions_of(response: Response, codes: Iterable[str]) -> dict[str, int]:
    rows = AnswerVersion.objects.filter(response=response, item__code__in=codes, is_refused=False)
    return dict(rows.order_by().values_list("item__code").annotate(Max("version")))


def at_version(response: Response, code: str, version: int) -> Held:
    rows = AnswerVersion.objects.filter(response=response, item__code=code, version=version, is_refused=False)
    return _read(rows).get(code, Held())


def row(
    response: Response, item: int, version: int, given: Given, *, at: datetime, is_refused: bool = False
) -> AnswerVersion:
    return AnswerVersion(
        response=response,
        item_id=item,
        version=version,
        is_refused=is_refused,
        options=" ".join(given.options),
        number=given.number,
        text=words_of(given),
        basis=given.basis,
        saved_at=at,
    )


def words_of(given: Given) -> str:
    """The text of a row of the history: that of a text item, or the words beside options, one line for each."""
    return given.text or "\n".join(f"{code}: {_one_line(words)}" for code, words in given.texts)


def _read(rows: QuerySet[AnswerVersion]) -> dict[str, Held]:
    return {
        code: Held(version, _given(type_, options, number, str(text), basis), saved_at)
        for code, type_, version, saved_at, options, number, text, basis in rows.order_by().values_list(
            *COLUMNS
        )
    }


def read_row(
    type_: str, version: int, saved_at: datetime, options: str, number: int | None, text: str, basis: str
) -> Held:
    """A row as the database keeps it."""
    words = unseal(text, place=TEXT) if text else ""
    return Held(version, _given(type_, options, number, words, basis), moment(saved_at))


def _given(type_: str, options: str, number: int | None, text: str, basis: str) -> Given:
    lines = text.split("\n") if text and type_ != "text" else []
    pairs = (line.partition(": ") for line in lines)
    return Given(
        options=tuple(options.split()),
        number=number,
        text=text if type_ == "text" else "",
        basis=basis,
        texts=tuple((code, _several_lines(words)) for code, _, words in pairs),
    )


def _one_line(words: str) -> str:
    return words.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")


def _several_lines(words: str) -> str:
    parts = words.split("\\\\")
    return "\\".join(part.replace("\\n", "\n").replace("\\r", "\r") for part in parts)
