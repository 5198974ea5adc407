"""Reads the cells of one item in one row."""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Lookup
from dataclasses import dataclass
from operator import itemgetter

from surveys.imports.mapping.numbers import DecimalMark, whole_number
from surveys.imports.mapping.problems import CellProblem, expected_one_of, folded, quoted
from surveys.instrument.questionnaire_definition import Item, Questionnaire
from surveys.instrument.routing import AnswerValue
from surveys.instrument.validity import InvalidAnswer, valid_answer

MAX_CACHED_ANSWERS = 5_000
NO_ANSWER = AnswerValue()
USUAL_SEPARATORS = (";", ",", "|", "\n")


@dataclass(frozen=True)
class CodeBook:
    """The meaning of the texts in a column.

    `codes` maps folded texts to codes. `missing` holds the folded texts that mean no answer.
    """

    codes: Lookup[str, str]
    missing: frozenset[str]

    def code(self, text: str) -> str | None:
        """Returns the code of a text, or None for no answer. Raises KeyError for an unknown text."""
        folded_text = folded(text)
        if folded_text in self.codes:
            return self.codes[folded_text]
        if folded_text and folded_text not in self.missing:
            raise KeyError(folded_text)
        return None

    def is_missing(self, text: str) -> bool:
        folded_text = folded(text)
        return folded_text not in self.codes and (not folded_text or folded_text in self.missing)


@dataclass(frozen=True)
class ReadCells:
    """The values read from the cells of an item, before they are validated. Problems name the column `column`."""

    column: str
    options: tuple[str, ...] = ()
    number: int | None = None
    text: str = ""


ReadValue = Callable[[Sequence[str]], ReadCells]


@dataclass(frozen=True)
class SingleChoiceCell:
    """Reads a single choice from one cell."""

    column: str
    texts: CodeBook

    def __call__(self, cells: Sequence[str]) -> ReadCells:
        try:
            code = self.texts.code(cells[0])
        except KeyError:
            raise CellProblem(self.column, self._reason(cells[0])) from None
        return ReadCells(self.column, (code,) if code else ())

    def _reason(self, text: str) -> str:
        for separator in USUAL_SEPARATORS:
            parts = [folded(part) for part in text.split(separator)]
            if len(parts) > 1 and all(part in self.texts.codes for part in parts):
                return f"expected one of its options, found {len(parts)} of them in one cell: {quoted(text)}"
        return expected_one_of(text.strip(), self.texts.codes)


@dataclass(frozen=True)
class MultipleChoiceCell:
    """Reads a multiple choice from one cell. An option may contain the separator: the longest text that is an option
    counts."""

    column: str
    texts: CodeBook
    separator: str

    def __call__(self, cells: Sequence[str]) -> ReadCells:
        if self.texts.is_missing(cells[0]):
            return ReadCells(self.column)
        parts = cells[0].split(self.separator)
        codes: list[str] = []
        while parts:
            count = self._longest(parts)
            codes += [self.texts.codes[folded(self.separator.join(parts[:count]))]] if count else []
            parts = parts[max(count, 1) :]
        return ReadCells(self.column, tuple(dict.fromkeys(codes)))

    def _longest(self, parts: Sequence[str]) -> int:
        """Returns the number of parts that form the next option; 0 for an empty part. Raises CellProblem."""
        for count in range(len(parts), 0, -1):
            if folded(self.separator.join(parts[:count])) in self.texts.codes:
                return count
        if not parts[0].strip():
            return 0
        raise CellProblem(self.column, expected_one_of(parts[0].strip(), self.texts.codes))


@dataclass(frozen=True)
class OptionColumn:
    """The column of one option: the texts that mean chosen, and the texts that mean not chosen."""

    code: str
    column: str
    marked: frozenset[str]
    unmarked: frozenset[str]

    def is_marked(self, text: str) -> bool:
        folded_text = folded(text)
        if folded_text in self.marked:
            return True
        if folded_text and folded_text not in self.unmarked:
            expected = " or ".join(quoted(mark) for mark in sorted(self.marked))
            raise CellProblem(self.column, f"expected {expected} or nothing, found {quoted(text)}")
        return False


@dataclass(frozen=True)
class OptionColumns:
    """Reads a choice from several columns, one for each option, in the order of `columns`."""

    column: str
    columns: tuple[OptionColumn, ...]

    def __call__(self, cells: Sequence[str]) -> ReadCells:
        marked = [
            column.code for column, cell in zip(self.columns, cells, strict=False) if column.is_marked(cell)
        ]
        return ReadCells(self.column, tuple(marked))


@dataclass(frozen=True)
class NumberCell:
    """Reads a number, or an option that the item offers beside it."""

    column: str
    texts: CodeBook
    decimal: DecimalMark
    is_percent: bool

    def __call__(self, cells: Sequence[str]) -> ReadCells:
        try:
            code = self.texts.code(cells[0])
        except KeyError:
            number = whole_number(cells[0], decimal=self.decimal, is_percent=self.is_percent)
            if number is None:
                raise CellProblem(self.column, f"expected a whole number, found {quoted(cells[0])}") from None
            return ReadCells(self.column, number=number)
        return ReadCells(self.column, (code,) if code else ())


@dataclass(frozen=True)
class TextCell:
    column: str
    texts: CodeBook

    def __call__(self, cells: Sequence[str]) -> ReadCells:
        return ReadCells(self.column, text="" if self.texts.is_missing(cells[0]) else cells[0].strip())


@dataclass(frozen=True)
class CompanionColumn:
    """A column beside the value of an item: its free text or its evidence basis."""

    position: int
    column: str
    texts: CodeBook


class ItemReader:
    """Reads the answer to one item from a row.

    `positions` holds the columns of the value, in the order in which `value` takes their cells. Answers are cached by
    the texts of their cells, because most rows repeat few of them.
    """

    def __init__(
        self,
        questionnaire: Questionnaire,
        item: Item,
        *,
        positions: Sequence[int],
        value: ReadValue,
        text_column: CompanionColumn | None = None,
        basis_column: CompanionColumn | None = None,
    ) -> None:
        self.questionnaire, self.item = questionnaire, item
        self.value, self.text_column, self.basis_column = value, text_column, basis_column
        self.positions = [*positions, *(column.position for column in (text_column, basis_column) if column)]
        self._cells = itemgetter(*self.positions)
        self._cache: dict[str | tuple[str, ...], AnswerValue] = {}

    def read(self, row: Sequence[str]) -> AnswerValue:
        """Returns the answer in normal form, or the object NO_ANSWER for no answer. Raises CellProblem."""
        cells = self._cells(row)
        answer = self._cache.get(cells)
        if answer is None:
            answer = self._read((cells,) if isinstance(cells, str) else cells)
            if len(self._cache) < MAX_CACHED_ANSWERS:
                self._cache[cells] = answer
        return answer

    def is_blank(self, row: Sequence[str]) -> bool:
        return not any(row[position].strip() for position in self.positions)

    def _read(self, cells: Sequence[str]) -> AnswerValue:
        read = self.value(cells)
        options, texts = self._with_text(read, cells)
        value = AnswerValue(
            options=options, number=read.number, text=read.text, texts=texts, basis=self._basis(cells)
        )
        try:
            answer = valid_answer(self.questionnaire, self.item, value)
        except InvalidAnswer as error:
            raise CellProblem(read.column, f"expected {error.expected}, found {_as_text(value)}") from None
        if value.is_blank and value.basis and self.basis_column is not None:
            raise CellProblem(self.basis_column.column, "expected an answer beside it, found none")
        return NO_ANSWER if answer.is_blank else answer

    def _with_text(
        self, read: ReadCells, cells: Sequence[str]
    ) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
        if self.text_column is None:
            return read.options, ()
        text = cells[len(cells) - 1 - (self.basis_column is not None)].strip()
        if self.text_column.texts.is_missing(text):
            return read.options, ()
        code = next((option.code for option in self.item.options if option.asks_text), None)
        if code is None:
            raise CellProblem(
                self.text_column.column, f"expected no words of one's own, found {quoted(text)}"
            )
        return tuple(dict.fromkeys((*read.options, code))), ((code, text),)

    def _basis(self, cells: Sequence[str]) -> str:
        if self.basis_column is None:
            return ""
        try:
            return self.basis_column.texts.code(cells[-1]) or ""
        except KeyError:
            codes: Iterable[str] = self.basis_column.texts.codes
            raise CellProblem(
                self.basis_column.column, expected_one_of(cells[-1].strip(), codes, kind="a way of knowing")
            ) from None


def _as_text(answer: AnswerValue) -> str:
    return ", ".join(answer.options) or quoted(answer.text if answer.number is None else str(answer.number))
