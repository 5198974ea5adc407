"""The gap report as a workbook. Every text is written as text, so none becomes a formula, a link or a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from posture.documents import phrases
from posture.documents.archives import with_fixed_dates
from posture.documents.canvas import BELIEF, EVIDENCE, NO_EVIDENCE, SOFT, UNDER
from posture.documents.method import Source, method_words, sources
from posture.documents.tables import (
    Entry,
    Table,
    change_table,
    gap_tables,
    published_table,
    rest_table,
    type_table,
)
from posture.documents.text_width import wrapped
from posture.reports.citations import citation
from posture.reports.gap import GapReport
from posture.reports.shorthand import all_marks

ONLY_TEXT = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
A4 = 9
CHART_ROWS = 24
LINE_POINTS, LETTER = 13.5, 5.4
"""Height of a line, and width of a letter by which columns are measured, at a size of 10 points."""
DICTIONARY_WIDTHS = (16.0, 44.0, 70.0, 70.0)
WIDTHS = (58.0, *[22.0] * 6, *[16.0] * 14)
ROW_PIXELS = 20
TYPE_COLORS = (BELIEF, EVIDENCE, UNDER, NO_EVIDENCE)


@dataclass(frozen=True)
class Place:
    """Where a table stands: its first and last row of numbers, and the columns of numbers by their place in the
    table."""

    first: int
    last: int
    numbers: dict[int, int]


def workbook(report: GapReport) -> bytes:
    """Returns the file. It depends on the release and the language only."""
    target = BytesIO()
    book = Workbook(target, ONLY_TEXT)
    book.set_properties({"title": report.release.title, "subject": report.finding.headline})
    sheets = _Sheets(book)
    _read_me(sheets, report)
    _gaps(sheets, report)
    sheets.tables(_("Published figures"), [published_table(report)])
    sheets.tables(_("Change"), _changes(report))
    _dictionary(sheets, report)
    book.close()
    return with_fixed_dates(target.getvalue(), phrases.computed_at(report))


class _Sheets:
    """Writes texts and tables with the formats of the file."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        top: dict[str, Any] = {"valign": "top", "font_name": "Arial", "font_size": 10}
        self.plain = book.add_format(top | {"text_wrap": True})
        self.title = book.add_format(top | {"bold": True, "font_size": 14})
        self.heading = book.add_format(
            top | {"bold": True, "bottom": 1, "text_wrap": True, "font_color": SOFT}
        )
        self.heading_of_numbers = book.add_format(
            top | {"bold": True, "bottom": 1, "text_wrap": True, "font_color": SOFT, "align": "right"}
        )
        self.right = book.add_format(top | {"align": "right"})
        self.number = book.add_format(top | {"num_format": "0.0"})

    def add(self, name: str, widths: Sequence[float]) -> Worksheet:
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)
        return sheet

    def tables(
        self, name: str, tables: Sequence[Table], *, first_row: int = 0
    ) -> tuple[Worksheet, list[Place]]:
        """Adds a sheet with the tables below each other."""
        sheet = self.add(name, WIDTHS)
        row, places = first_row, []
        for table in tables:
            place = self.table(sheet, row, table)
            places.append(place)
            row = place.last + 3
        columns = max((len(table.columns) for table in tables), default=1)
        sheet.print_area(0, 0, max(row, 1), columns - 1)
        return sheet, places

    def table(self, sheet: Worksheet, row: int, table: Table) -> Place:
        """Writes the texts of a table, then its numbers, then the addresses of their receipts."""
        sheet.write_string(row, 0, table.title, self.title)
        sheet.write_string(row + 1, 0, table.intro)
        valued = [
            place for place in range(len(table.columns)) if any(cells[place].value for cells in table.rows)
        ]
        addressed = [
            place for place in range(len(table.columns)) if any(cells[place].address for cells in table.rows)
        ]
        numbers = {place: len(table.columns) + order for order, place in enumerate(valued)}
        start = len(table.columns) + len(valued)
        addresses = {place: start + order for order, place in enumerate(addressed)}
        for place, column in enumerate(table.columns):
            style = self.heading_of_numbers if column.is_number else self.heading
            sheet.write_string(row + 2, place, column.heading, style)
        for place, target in numbers.items():
            heading = _("{column}, number").format(column=table.columns[place].heading)
            sheet.write_string(row + 2, target, heading, self.heading_of_numbers)
        for place, target in addresses.items():
            heading = _("{column}, address").format(column=table.columns[place].heading)
            sheet.write_string(row + 2, target, heading, self.heading)
        for line, cells in enumerate(table.rows, row + 3):
            for place, cell in enumerate(cells):
                sheet.write_string(
                    line, place, _words(cell), self.right if table.columns[place].is_number else self.plain
                )
                if (exact := _exact(cell)) is not None:
                    sheet.write_number(line, numbers[place], exact, self.number)
                if cell.address:
                    sheet.write_string(line, addresses[place], cell.address)
            set_height(sheet, line, [_words(cell) for cell in cells], WIDTHS)
        return Place(row + 3, row + 2 + len(table.rows), numbers)


def _words(cell: Entry) -> str:
    return f"{cell.text} ({cell.note})" if cell.note else cell.text


def _exact(cell: Entry) -> float | None:
    """Returns the value of a number; None for a bound, because it is not the value."""
    dot = cell.value.dot if cell.value else None
    return round(dot.value, 6) if dot is not None and not dot.bound else None


def set_height(sheet: Worksheet, row: int, texts: Sequence[str], widths: Sequence[float]) -> None:
    """Makes a row as high as its longest text needs, because not every program does that by itself."""
    lines = [
        len(wrapped(text, 10, width * LETTER, lines=20)) for text, width in zip(texts, widths, strict=False)
    ]
    sheet.set_row(row, LINE_POINTS * max(lines, default=1))


def _read_me(sheets: _Sheets, report: GapReport) -> None:
    sheet = sheets.add(_("Read me"), [110])
    lines = [
        phrases.eyebrow(report),
        str(report.finding.sentence),
        *map(str, report.finding.details),
        phrases.rests_on(report),
        phrases.withheld_words(report.withheld),
        *method_words(report),
        _(
            "A number that is a bound, such as ≤ 5 %, has no value in its number column, and no bar in a chart."
        ),
        citation(report, "summary"),
    ]
    sheet.write_string(0, 0, report.finding.headline, sheets.title)
    for row, line in enumerate(filter(None, lines), 2):
        sheet.write_string(row, 0, line, sheets.plain)
        set_height(sheet, row, [line], [110])


def _gaps(sheets: _Sheets, report: GapReport) -> None:
    panels = gap_tables(report)
    types = [type_table(report)] if report.type_rows else []
    name = _("Gaps")
    charted = any(panel.key != "bands" for panel in report.panels)
    sheet, places = sheets.tables(name, [*panels, *types], first_row=CHART_ROWS if charted or types else 0)
    if charted:
        _gap_chart(sheets.book, sheet, name, panels[0], places[0])
    if types:
        _type_chart(sheets.book, sheet, name, types[0], places[-1])


def _gap_chart(book: Workbook, sheet: Worksheet, name: str, table: Table, place: Place) -> None:
    chart = book.add_chart({"type": "bar"})
    for column, color in ((1, BELIEF), (2, EVIDENCE)):
        chart.add_series(_series(name, table, place, column, color) | {"gap": 60})
    _style(chart, table.title)
    chart.set_size({"width": 640, "height": (CHART_ROWS - 1) * ROW_PIXELS})
    sheet.insert_chart(
        0, 0, chart, {"description": _("Belief and evidence by pair. The table below has the numbers.")}
    )


def _type_chart(book: Workbook, sheet: Worksheet, name: str, table: Table, place: Place) -> None:
    chart = book.add_chart({"type": "bar", "subtype": "stacked"})
    for column, color in enumerate(TYPE_COLORS, 1):
        if column in place.numbers:
            chart.add_series(_series(name, table, place, column, color) | {"gap": 40})
    _style(chart, table.title)
    chart.set_size({"width": 640, "height": (CHART_ROWS - 1) * ROW_PIXELS})
    sheet.insert_chart(
        0, 3, chart, {"description": _("Types of organisations by pair. The table below has the numbers.")}
    )


def _series(name: str, table: Table, place: Place, column: int, color: str) -> dict[str, Any]:
    target = place.numbers[column]
    return {
        "name": table.columns[column].heading,
        "categories": [name, place.first, 0, place.last, 0],
        "values": [name, place.first, target, place.last, target],
        "fill": {"color": color},
    }


def _style(chart: Any, title: str) -> None:
    chart.set_title({"name": title, "name_font": {"size": 12}, "overlay": False})
    chart.set_x_axis({"min": 0, "max": 100, "num_format": '0" %"', "major_gridlines": {"visible": False}})
    chart.set_y_axis({"reverse": True, "num_font": {"size": 8}})
    chart.set_legend({"position": "bottom"})


def _changes(report: GapReport) -> list[Table]:
    tables = []
    if report.change is not None:
        tables.append(change_table(report.change, report.change.rows, _("All changes")))
    if report.rest.rows:
        tables.append(rest_table(report.rest))
    return tables


def _dictionary(sheets: _Sheets, report: GapReport) -> None:
    sheet = sheets.add(_("Dictionary"), DICTIONARY_WIDTHS)
    row = _block(
        sheets,
        sheet,
        0,
        (_("Pair"), _("Label"), _("Question about the belief"), _("Question about the evidence")),
        [
            (view.pair.code, view.pair.label, view.belief_item.wording, view.evidence_item.wording)
            for view in report.pairs
        ],
    )
    row = _block(
        sheets,
        sheet,
        row,
        (_("Figure"), _("Label"), _("Question")),
        [(found.code, found.label, found.wording) for found in report.indicators],
    )
    row = _block(sheets, sheet, row, (_("Mark"), _("Meaning")), all_marks())
    _block(
        sheets,
        sheet,
        row,
        (_("Source"), _("Publication"), _("Figures"), _("Address")),
        [_source(number, found) for number, found in enumerate(sources(report), 1)],
    )


def _source(number: int, found: Source) -> tuple[str, ...]:
    return str(number), found.publication, " ".join(found.figures), found.address


def _block(
    sheets: _Sheets, sheet: Worksheet, row: int, headings: Sequence[str], rows: Sequence[Sequence[str]]
) -> int:
    """Writes a table of texts. Returns the row after it, with one row between."""
    for place, heading in enumerate(headings):
        sheet.write_string(row, place, heading, sheets.heading)
    for line, texts in enumerate(rows, row + 1):
        for place, text in enumerate(texts):
            sheet.write_string(line, place, text, sheets.plain)
        set_height(sheet, line, texts, DICTIONARY_WIDTHS)
    return row + len(rows) + 2
