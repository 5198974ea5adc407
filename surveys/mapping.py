"""How a file of answers becomes items: which columns hold which item. Pure; one TOML file per export format."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import Field

from surveys.definition_file import Definition, InvalidDefinition, Problem, read
from surveys.instrument import Item, Questionnaire
from surveys.plain_text import expected_of_text
from surveys.routing import Given
from surveys.validity import expected_instead

LONGEST_IDENTIFIER = 100
LONGEST_SHOWN = 100
MOMENT_OF_WORKBOOK = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


class WaveColumns(Definition):
    slug: str
    title: str
    opens_at: datetime
    closes_at: datetime
    keep_months: int = Field(default=24, ge=1, le=1200)


class RespondentColumns(Definition):
    role: str
    id: str
    started: str
    submitted: str
    date_format: str


class ItemColumns(Definition):
    item: str
    question: str


class Mapping(Definition):
    """Two header rows: the question, blank where it continues over its options; and below it `response_header`,
    an option, or `other_header` for words of one's own."""

    questionnaire: str
    header_rows: int = Field(ge=2, le=2)
    response_header: str
    other_header: str
    wave: WaveColumns
    respondent: RespondentColumns
    items: tuple[ItemColumns, ...]


def parse(text: str, *, name: str) -> Mapping:
    return read(Mapping, text, name=name)


def shown(text: str) -> str:
    return repr(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…")


class Unreadable(ValueError):
    """A cell that cannot be taken: which column, and why."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(f"{column}: {reason}")
        self.column, self.reason = column, reason


@dataclass(frozen=True)
class Respondent:
    identifier: str
    started_at: datetime
    submitted_at: datetime
    given: dict[str, Given]


class Reader:
    """Finds the columns once, then reads rows. Raises InvalidDefinition naming every column that is missing."""

    def __init__(
        self, mapping: Mapping, questionnaire: Questionnaire, header: Sequence[Sequence[str]]
    ) -> None:
        self.mapping, self.questionnaire = mapping, questionnaire
        self.width = len(header[0])
        self.columns = _columns(header)
        missing = [
            Problem("the file", "header", f"a column {wanted}", "none")
            for wanted in (mapping.respondent.id, mapping.respondent.started, mapping.respondent.submitted)
            if (wanted, "") not in self.columns
        ]
        missing += [
            Problem("the file", "header", f"columns of the question {one.question}", "none")
            for one in mapping.items
            if not any(question == one.question for question, _ in self.columns)
        ]
        if missing:
            raise InvalidDefinition(missing)

    def respondent(self, row: Sequence[str]) -> Respondent:
        """Raises Unreadable for the first cell that cannot be taken."""
        if len(row) != self.width:
            raise Unreadable("the row", f"expected {self.width} cells, found {len(row)}")
        names = self.mapping.respondent
        identifier = self._cell(row, names.id)
        if not identifier:
            raise Unreadable(names.id, "expected an identifier, found nothing")
        if expected := expected_of_text(identifier, longest=LONGEST_IDENTIFIER):
            raise Unreadable(names.id, f"expected {expected}")
        started, submitted = self._date(row, names.started), self._date(row, names.submitted)
        if submitted < started:
            raise Unreadable(names.submitted, f"expected a time after {names.started}")
        wave = self.mapping.wave
        for name, moment in ((names.started, started), (names.submitted, submitted)):
            if not wave.opens_at <= moment < wave.closes_at:
                raise Unreadable(
                    name, f"expected a time from {wave.opens_at:%Y-%m-%d} to {wave.closes_at:%Y-%m-%d}"
                )
        found = {one.item: self._given(row, one) for one in self.mapping.items}
        given = {code: value for code, value in found.items() if not value.is_blank}
        return Respondent(identifier, started, submitted, given)

    def _cell(self, row: Sequence[str], question: str, below: str = "") -> str:
        column = self.columns.get((question, below))
        return row[column].strip() if column is not None else ""

    def _date(self, row: Sequence[str], name: str) -> datetime:
        text = self._cell(row, name)
        try:
            is_of_workbook = MOMENT_OF_WORKBOOK.fullmatch(text)
            written_as = "%Y-%m-%d %H:%M:%S" if is_of_workbook else self.mapping.respondent.date_format
            found = datetime.strptime(text, written_as)
        except ValueError:
            expected = self.mapping.respondent.date_format
            raise Unreadable(name, f"expected a time like {expected}, found {shown(text)}") from None
        return found.replace(tzinfo=self.mapping.wave.opens_at.tzinfo)

    def _given(self, row: Sequence[str], one: ItemColumns) -> Given:
        item = self.questionnaire.item(one.item)
        other = self._cell(row, one.question, self.mapping.other_header)
        chosen = self._chosen(row, item, one.question)
        asks = next((option.code for option in item.options if option.asks_text), None)
        if other and asks is None:
            raise Unreadable(one.question, f"expected no words of one's own, found {shown(other)}")
        if other and asks not in chosen:
            chosen.append(str(asks))
        given = Given(
            options=tuple(option.code for option in item.options if option.code in chosen),
            texts=((str(asks), other),) if other else (),
        )
        expected = expected_instead(self.questionnaire, item, given)
        if expected:
            raise Unreadable(one.question, f"expected {expected}, found {', '.join(chosen)}")
        return given

    def _chosen(self, row: Sequence[str], item: Item, question: str) -> list[str]:
        codes = {option.label: option.code for option in item.options}
        if item.type == "multiple":
            return [codes[label] for label in codes if self._marked(row, question, label)]
        answer = self._cell(row, question, self.mapping.response_header)
        if answer and answer not in codes:
            raise Unreadable(question, f"expected one of its options, found {shown(answer)}")
        return [codes[answer]] if answer else []

    def _marked(self, row: Sequence[str], question: str, label: str) -> bool:
        """A column of a multiple question holds its own option's text, or nothing."""
        if label == self.mapping.other_header:
            return False
        text = self._cell(row, question, label)
        if text not in ("", label):
            raise Unreadable(f"{question} / {label}", f"expected {label!r} or nothing, found {shown(text)}")
        return bool(text)


def _columns(header: Sequence[Sequence[str]]) -> dict[tuple[str, str], int]:
    """Question and what stands below it -> position; a blank question continues the one before."""
    found: dict[tuple[str, str], int] = {}
    question = ""
    for position, (above, below) in enumerate(zip(header[0], header[1], strict=True)):
        question = above.strip() or question
        found.setdefault((question, below.strip()), position)
    return found
