"""Reads rows of a file as respondents with their answers, and reports the cells and columns that are not taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from surveys.imports.mapping.cells import NO_ANSWER, CodeBook
from surveys.imports.mapping.columns import ColumnFinder, code_book_of_column, item_reader
from surveys.imports.mapping.definition import CodedColumn, Mapping
from surveys.imports.mapping.header import Header
from surveys.imports.mapping.numbers import identifier
from surveys.imports.mapping.problems import CellProblem, expected_one_of, folded, quoted
from surveys.imports.mapping.response_times import ResponseTimes
from surveys.instrument import cohorts
from surveys.instrument.definition_file import InvalidDefinition
from surveys.instrument.plain_text import expected_of_text
from surveys.instrument.questionnaire_definition import Questionnaire
from surveys.instrument.routing import AnswerValue

# An identifier followed by a role fits into the 100 characters that are stored.
LONGEST_IDENTIFIER, LONGEST_ROLE, LONGEST_NAME = 100, 41, 200
WHOLE_ROW = "the row"
Row = Sequence[str]


@dataclass(frozen=True)
class FrameData:
    """The data of an organisation from the sampling frame. `identifier` is empty if each respondent is an
    organisation."""

    identifier: str = ""
    name: str = ""
    sector: str = ""
    size_band: str = ""
    region: str = ""


NO_FRAME_DATA = FrameData()


@dataclass(frozen=True)
class Respondent:
    identifier: str
    role: str
    organization: FrameData
    started_at: datetime
    submitted_at: datetime
    answers: dict[str, AnswerValue]


class RowRejected(ValueError):
    """A row that cannot be taken, with every reason."""

    def __init__(self, problems: Sequence[CellProblem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class _CodedReader:
    position: int
    column: str
    texts: CodeBook

    def read(self, row: Row) -> str:
        """Returns the code of the cell, or an empty text. Raises CellProblem."""
        try:
            return self.texts.code(row[self.position]) or ""
        except KeyError:
            text = row[self.position].strip()
            raise CellProblem(self.column, expected_one_of(text, self.texts.codes)) from None


class RowReader:
    """Finds the columns once, then reads rows. Raises InvalidDefinition that names every missing column."""

    def __init__(self, mapping: Mapping, questionnaire: Questionnaire, header_rows: Sequence[Row]) -> None:
        self.mapping, self.questionnaire = mapping, questionnaire
        self.header = Header(header_rows, mapping)
        self.width = self.header.width
        finder = ColumnFinder(self.header, mapping)
        names, organization = mapping.respondent, mapping.organization
        self._id = finder.column(names.id) if names.id else None
        self._times = ResponseTimes(mapping, finder)
        self._role = self._coded(names.role_column, [(r.code, r.label) for r in questionnaire.roles], finder)
        self._organization_id = finder.column(organization.id) if organization.id else None
        self._organization_name = finder.column(organization.name) if organization.name else None
        self._frame = {
            code: self._coded(column, list(cohorts.dimension(code).labels.items()), finder)
            for code, column in organization.frame.items()
        }
        self._items = [item_reader(spec, questionnaire, finder) for spec in mapping.items]
        if mapping.weight:
            finder.column(mapping.weight)
        for name in mapping.unused:
            finder.column(name)
        if finder.problems:
            raise InvalidDefinition(finder.problems)
        self.remarks = [*self.header.remarks, *self._unused_columns(finder)]

    def _coded(
        self, spec: CodedColumn | None, labels: Sequence[tuple[str, str]], finder: ColumnFinder
    ) -> _CodedReader | None:
        if spec is None:
            return None
        return _CodedReader(
            finder.column(spec.column), spec.column, code_book_of_column(spec, labels, self.mapping)
        )

    def _unused_columns(self, finder: ColumnFinder) -> list[str]:
        """Returns remarks on the columns that are not read, for the report of the import."""
        remarks = [f"Column not used, as the mapping says: {quoted(name)}." for name in self.mapping.unused]
        if self.mapping.weight:
            remarks.append(
                f"Column of weights not used: {quoted(self.mapping.weight)}."
                " Releases are weighted by population targets."
            )
        unmapped = self.header.not_in(finder.used)
        return remarks + [f"Column not in the mapping, not taken: {quoted(str(name))}." for name in unmapped]

    def respondent(self, row: Row, line: int) -> Respondent:
        """Reads one row. Raises Unreadable with every cell that cannot be taken."""
        row = self._with_header_width(row)
        problems: list[CellProblem] = []
        identifier, role, frame_data = "", self.mapping.respondent.role, NO_FRAME_DATA
        try:
            role = self._role_of(row)
            identifier = self._identifier(row, line, role)
            frame_data = self._frame_data(row)
        except CellProblem as problem:
            problems.append(problem)
        started_at, submitted_at = self._times.read(row, problems)
        answers = self._answers(row, problems)
        if problems:
            raise RowRejected(problems)
        return Respondent(identifier, role, frame_data, started_at, submitted_at, answers)

    def _answers(self, row: Row, problems: list[CellProblem]) -> dict[str, AnswerValue]:
        answers: dict[str, AnswerValue] = {}
        for reader in self._items:
            try:
                value = reader.read(row)
            except CellProblem as problem:
                problems.append(problem)
                continue
            if value is not NO_ANSWER:
                answers[reader.item.code] = value
        return answers

    def _with_header_width(self, row: Row) -> Row:
        """Returns the row with as many cells as the header. Blank cells beyond it are dropped.

        Raises Unreadable for a blank row, missing cells, or text beyond the header.
        """
        if not any(cell and not cell.isspace() for cell in row):
            raise RowRejected([CellProblem(WHOLE_ROW, "it is blank")])
        if len(row) == self.width:
            return row
        extra_cells = [cell for cell in row[self.width :] if cell.strip()]
        if len(row) < self.width or extra_cells:
            reason = f"expected {self.width} cells, found {len(row)}"
            first_extra = f", the first beyond is {quoted(extra_cells[0])}" if extra_cells else ""
            raise RowRejected([CellProblem(WHOLE_ROW, reason + first_extra)])
        return row[: self.width]

    def _identifier(self, row: Row, line: int, role: str) -> str:
        """Returns the identifier of the respondent. It includes the role if the file has several roles.

        Then one identifier in the file may stand for one respondent of each role.
        """
        if self._id is None:
            return f"row {line}"
        name = self._name(row, self._id, self.mapping.respondent.id)
        return name if self._role is None else f"{name} {role}"

    def _name(self, row: Row, position: int, column: str) -> str:
        text = row[position].strip()
        if not text:
            raise CellProblem(column, "expected an identifier, found nothing")
        longest = LONGEST_IDENTIFIER - (LONGEST_ROLE if self._role else 0)
        if expected := expected_of_text(text, longest=longest):
            raise CellProblem(column, f"expected {expected}")
        name = identifier(text)
        if name is None:
            raise CellProblem(
                column, f"expected an identifier, found {quoted(text)}, which a spreadsheet rounded"
            )
        return name

    def _role_of(self, row: Row) -> str:
        if self._role is None:
            return self.mapping.respondent.role
        code = self._role.read(row)
        if not code:
            raise CellProblem(self._role.column, "expected a role, found nothing")
        return code

    def _frame_data(self, row: Row) -> FrameData:
        if self._organization_id is None and self._organization_name is None and not self._frame:
            return NO_FRAME_DATA
        columns = self.mapping.organization
        frame = {code: column.read(row) for code, column in self._frame.items() if column}
        name = row[self._organization_name].strip() if self._organization_name is not None else ""
        if expected := expected_of_text(name, longest=LONGEST_NAME):
            raise CellProblem(columns.name, f"expected {expected}")
        organization_id = (
            self._name(row, self._organization_id, columns.id) if self._organization_id is not None else ""
        )
        return FrameData(organization_id, folded(name), **frame)
