"""Finds the columns of each item in the header of a file, and reports the missing ones."""

from collections.abc import Iterable, Sequence

from surveys.imports.mapping.cells import (
    CodeBook,
    CompanionColumn,
    ItemReader,
    MultipleChoiceCell,
    NumberCell,
    OptionColumn,
    OptionColumns,
    ReadValue,
    SingleChoiceCell,
    TextCell,
)
from surveys.imports.mapping.definition import CodedColumn, ItemColumns, Mapping
from surveys.imports.mapping.header import Header
from surveys.imports.mapping.problems import expected_one_of, folded, quoted
from surveys.instrument.definition_file import Problem
from surveys.instrument.questionnaire_definition import Item, Option, Questionnaire

MARKED = frozenset(("1", "yes", "Yes", "YES", "true", "True", "TRUE", "x", "X"))
UNMARKED = frozenset(("0", "no", "No", "NO", "false", "False", "FALSE"))


class ColumnFinder:
    """Finds columns by name. `problems` lists the missing columns; `used` holds the positions of all columns that are
    read."""

    def __init__(self, header: Header, mapping: Mapping) -> None:
        self.header, self.mapping = header, mapping
        self.problems: list[Problem] = []
        self.used: set[int] = set()

    def column(self, name: str) -> int:
        """Returns the position of a column with one name, or adds a problem and returns -1."""
        return self.first_column(name, "", self.mapping.response_header)

    def first_column(self, question: str, *lower_names: str) -> int:
        """Returns the position of the first existing column among several names, or adds a problem and returns -1."""
        for lower_name in lower_names:
            position = self.header.position(question, lower_name)
            if position is not None:
                self.used.add(position)
                return position
        expected_name = f"{question} / {lower_names[-1]}" if lower_names[-1] else question
        self.problems.append(
            Problem("the file", "header", f"a column {expected_name}", self._nearest(expected_name))
        )
        return -1

    def optional(self, question: str, lower_name: str) -> int | None:
        position = self.header.position(question, lower_name)
        if position is not None:
            self.used.add(position)
        return position

    def _nearest(self, name: str) -> str:
        reason = expected_one_of(folded(name), [str(column) for column in self.header.names])
        return reason.partition("; ")[2] or "none"


def item_reader(spec: ItemColumns, questionnaire: Questionnaire, finder: ColumnFinder) -> ItemReader:
    """Returns the reader of an item. If a column is missing, `finder` gets a problem, and the reader must not be
    used."""
    item = questionnaire.item(spec.item)
    text_column = _text_column(spec, item, finder)
    positions, value = _value_columns(spec, item, finder)
    return ItemReader(
        questionnaire,
        item,
        positions=positions,
        value=value,
        text_column=text_column,
        basis_column=_basis_column(spec, questionnaire, finder),
    )


def _value_columns(spec: ItemColumns, item: Item, finder: ColumnFinder) -> tuple[Sequence[int], ReadValue]:
    if spec.columns or (item.type == "multiple" and not spec.separator):
        return _option_columns(spec, item, finder)
    position, name = _single_column(spec, finder)
    texts = code_book_of_options(spec, item, finder.mapping)
    if item.type == "multiple":
        return [position], MultipleChoiceCell(name, texts, spec.separator)
    if item.is_numeric:
        return [position], NumberCell(name, texts, spec.decimal, item.type == "percent")
    if item.type == "text":
        return [position], TextCell(name, texts)
    return [position], SingleChoiceCell(name, texts)


def _single_column(spec: ItemColumns, finder: ColumnFinder) -> tuple[int, str]:
    if spec.column:
        return finder.column(spec.column), spec.column
    if spec.row:
        return finder.first_column(spec.question, spec.row), f"{spec.question} / {spec.row}"
    return finder.first_column(spec.question, finder.mapping.response_header), spec.question


def _option_columns(
    spec: ItemColumns, item: Item, finder: ColumnFinder
) -> tuple[Sequence[int], OptionColumns]:
    options = [option for option in item.options if _has_column(option, spec, finder.mapping)]
    positions = [_option_column(option, spec, finder) for option in options]
    columns = tuple(_option_texts(option, spec, finder) for option in options)
    return positions, OptionColumns(spec.question or item.code, columns)


def _has_column(option: Option, spec: ItemColumns, mapping: Mapping) -> bool:
    """Returns whether an option has a column.

    An option that asks for text has none if its text is in the column with the name of the option.
    """
    if option.code in spec.absent:
        return False
    is_named = option.code in spec.columns
    has_text_in_own_column = option.asks_text and _text_header(spec, mapping) in ("", option.label)
    return is_named or not (option.asks_text and (has_text_in_own_column or spec.columns))


def _option_column(option: Option, spec: ItemColumns, finder: ColumnFinder) -> int:
    if not spec.question:
        return finder.column(spec.columns.get(option.code, option.label))
    return finder.first_column(spec.question, spec.columns.get(option.code, option.label))


def _option_texts(option: Option, spec: ItemColumns, finder: ColumnFinder) -> OptionColumn:
    name = spec.columns.get(option.code, option.label)
    label = frozenset((folded(option.label),))
    default = label if finder.mapping.has_questions_over_options else label | MARKED
    unmarked = {folded(text) for text in (*spec.unmarked, *spec.missing, *finder.mapping.missing)}
    if not spec.marked and not finder.mapping.has_questions_over_options:
        unmarked |= UNMARKED
    return OptionColumn(
        option.code,
        f"{spec.question} / {name}" if spec.question else name,
        frozenset(map(folded, spec.marked)) or default,
        frozenset(unmarked),
    )


def code_book_of_options(spec: ItemColumns, item: Item, mapping: Mapping) -> CodeBook:
    """Returns the codes of the labels of the options and of the texts in the code book of the mapping."""
    codes = {folded(option.label): option.code for option in item.options}
    codes |= {folded(text): code for text, code in spec.codes.items()}
    return CodeBook(codes, frozenset(folded(text) for text in (*spec.missing, *mapping.missing)))


def code_book_of_column(spec: CodedColumn, labels: Iterable[tuple[str, str]], mapping: Mapping) -> CodeBook:
    """Returns the codes of a column. `labels` holds code and label of each possible value."""
    pairs = list(labels)
    codes = {folded(label): code for code, label in pairs} | {code: code for code, _ in pairs}
    codes |= {folded(text): code for text, code in spec.codes.items()}
    return CodeBook(codes, frozenset(folded(text) for text in mapping.missing))


def _text_header(spec: ItemColumns, mapping: Mapping) -> str:
    return spec.other or (mapping.other_header if spec.question else "")


def _text_column(spec: ItemColumns, item: Item, finder: ColumnFinder) -> CompanionColumn | None:
    name = _text_header(spec, finder.mapping)
    if not name or spec.row:
        return None
    codes_with_text = [option.code for option in item.options if option.asks_text]
    is_required = bool(spec.other) or any(code not in spec.absent for code in codes_with_text)
    if not spec.question:
        position: int | None = finder.column(name)
    elif is_required:
        position = finder.first_column(spec.question, name)
    else:
        position = finder.optional(spec.question, name)
    if position is None:
        return None
    missing = frozenset(folded(text) for text in (*spec.missing, *finder.mapping.missing))
    column_name = f"{spec.question} / {name}" if spec.question else name
    return CompanionColumn(position, column_name, CodeBook({}, missing))


def _basis_column(
    spec: ItemColumns, questionnaire: Questionnaire, finder: ColumnFinder
) -> CompanionColumn | None:
    if spec.basis is None:
        return None
    bases = [(basis.code, basis.label) for basis in questionnaire.evidence_bases]
    position = finder.column(spec.basis.column)
    return CompanionColumn(
        position, quoted(spec.basis.column), code_book_of_column(spec.basis, bases, finder.mapping)
    )
