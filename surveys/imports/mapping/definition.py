"""Definition of a mapping: the columns of a file, and the item that each of them answers.

Columns have one of two layouts. With `response_header` the first header row holds the question, blank where it
continues over its options. The second row then holds the response header, an option, or a row of a grid. Without
`response_header` each column has one name, in the header row `names_row`; other header rows are only counted.
"""

from datetime import datetime
from typing import Literal

from pydantic import Field, model_validator

from surveys.instrument.definition_file import Definition, read

MAX_HEADER_ROWS = 10
SEPARATORS = (",", ";", "\t", "|")


class FileFormat(Definition):
    """The format of the file. Settings that are not given are detected from the file."""

    encoding: Literal["", "utf-8", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-15", "mac-roman"] = ""
    separator: Literal["", ",", ";", "\t", "|"] = ""


class WaveColumns(Definition):
    slug: str
    title: str
    opens_at: datetime
    closes_at: datetime
    keep_months: int = Field(default=24, ge=1, le=1200)


class CodedColumn(Definition):
    """A column whose texts stand for codes, by the code book `codes`. Without a code book the texts are the codes."""

    column: str
    codes: dict[str, str] = {}


class RespondentColumns(Definition):
    """The columns of a respondent.

    If `id` is empty, the number of the row in the file identifies the respondent. If `started` and `submitted` are
    empty, the answers get the date `date`, or the opening time of the wave.
    """

    role: str = ""
    role_column: CodedColumn | None = None
    id: str = ""
    started: str = ""
    submitted: str = ""
    date_format: str = ""
    date: datetime | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "RespondentColumns":
        if bool(self.role) == bool(self.role_column):
            raise ValueError("either role, for all rows, or role_column")
        if bool(self.started or self.submitted) != bool(self.date_format):
            raise ValueError("date_format together with started or submitted, and not without them")
        return self


class OrganizationColumns(Definition):
    """The columns of the sampling frame.

    With `id`, rows with the same value belong to one organisation; without it, each respondent is an organisation.
    `namespace` is shared by waves that ask the same organisations.
    """

    id: str = ""
    name: str = ""
    namespace: str = ""
    sector: CodedColumn | None = None
    size_band: CodedColumn | None = None
    region: CodedColumn | None = None

    @property
    def frame(self) -> dict[str, CodedColumn]:
        columns = {"sector": self.sector, "size_band": self.size_band, "region": self.region}
        return {dimension: column for dimension, column in columns.items() if column is not None}


class ItemColumns(Definition):
    """The columns of one item.

    `question` is the text above the columns, `column` the name of a single column. `row` is the text below the
    question if it is a row of a grid. `codes` maps the text of a cell to the code of an option. `columns` maps the
    code of an option to the name of its column. That column marks the option as chosen or not, by one of the texts
    `marked` or `unmarked`. `separator` separates several answers in one cell. `missing` lists texts that mean no
    answer. `absent` lists options for which the file has no column. `other` is the column of the text of the option
    that asks for text.
    """

    item: str
    question: str = ""
    column: str = ""
    row: str = ""
    codes: dict[str, str] = {}
    columns: dict[str, str] = {}
    marked: tuple[str, ...] = ()
    unmarked: tuple[str, ...] = ()
    separator: str = Field(default="", max_length=5)
    missing: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    other: str = ""
    decimal: Literal[".", ","] = "."
    basis: CodedColumn | None = None


class Mapping(Definition):
    """The definition of one export format.

    `unused` lists columns that the mapping leaves out on purpose. `weight` is the column of weights of respondents,
    which is not used, because weights are computed from population targets. `missing` lists texts that mean no answer
    in all columns of items.
    """

    questionnaire: str
    header_rows: int = Field(ge=1, le=MAX_HEADER_ROWS)
    names_row: int = Field(default=1, ge=1)
    response_header: str = ""
    other_header: str = ""
    missing: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    weight: str = ""
    file: FileFormat = FileFormat()
    wave: WaveColumns
    respondent: RespondentColumns
    organization: OrganizationColumns = OrganizationColumns()
    items: tuple[ItemColumns, ...] = Field(min_length=1)

    @property
    def has_questions_over_options(self) -> bool:
        return bool(self.response_header)

    @model_validator(mode="after")
    def _consistent(self) -> "Mapping":
        if self.has_questions_over_options and self.header_rows < 2:
            raise ValueError("at least 2 header_rows together with response_header")
        if self.names_row > self.header_rows:
            raise ValueError("names_row to be one of the header_rows")
        return self


def parse(text: str, *, name: str) -> Mapping:
    """Parses a mapping. Raises InvalidDefinition."""
    return read(Mapping, text, name=name)
