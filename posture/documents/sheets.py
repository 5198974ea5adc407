"""Sheets of a workbook. Every text is written as text, so none becomes a formula, a link or a number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from posture.documents.canvas import SOFT
from posture.documents.tables import Table, exact_value, words_of
from posture.documents.text_width import wrapped

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
ROW_PIXELS, CHART_PIXELS = 20, 640
READ_ME_WIDTH = 110.0


@dataclass(frozen=True)
class Place:
    """Where a table stands: its first and last row of numbers, and the columns of numbers by their place in the
    table."""

    first: int
    last: int
    numbers: dict[int, int]


class Sheets:
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
        self, name: str, tables: Sequence[Table], *, first_row: int = 0, widths: Sequence[float] = WIDTHS
    ) -> tuple[Worksheet, list[Place]]:
        """Adds a sheet with the tables below each other."""
        sheet = self.add(name, widths)
        row, places = first_row, []
        for table in tables:
            place = self.table(sheet, row, table, widths)
            places.append(place)
            row = place.last + 3
        columns = max((len(table.columns) for table in tables), default=1)
        sheet.print_area(0, 0, max(row, 1), columns - 1)
        return sheet, places

    def table(self, sheet: Worksheet, row: int, table: Table, widths: Sequence[float]) -> Place:
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
                    line, place, words_of(cell), self.right if table.columns[place].is_number else self.plain
                )
                if (exact := exact_value(cell)) is not None:
                    sheet.write_number(line, numbers[place], exact, self.number)
                if cell.address:
                    sheet.write_string(line, addresses[place], cell.address)
            set_height(sheet, line, [words_of(cell) for cell in cells], widths)
        return Place(row + 3, row + 2 + len(table.rows), numbers)


def set_height(sheet: Worksheet, row: int, texts: Sequence[str], widths: Sequence[float]) -> None:
    """Makes a row as high as its longest text needs, because not every program does that by itself."""
    lines = [
        len(wrapped(text, 10, width * LETTER, lines=20)) for text, width in zip(texts, widths, strict=False)
    ]
    sheet.set_row(row, LINE_POINTS * max(lines, default=1))


def block(
    sheets: Sheets, sheet: Worksheet, row: int, headings: Sequence[str], rows: Sequence[Sequence[str]]
) -> int:
    """Writes a table of texts. Returns the row after it, with one row between."""
    for place, heading in enumerate(headings):
        sheet.write_string(row, place, heading, sheets.heading)
    for line, texts in enumerate(rows, row + 1):
        for place, text in enumerate(texts):
            sheet.write_string(line, place, text, sheets.plain)
        set_height(sheet, line, texts, DICTIONARY_WIDTHS)
    return row + len(rows) + 2


def series_of(name: str, table: Table, place: Place, column: int, color: str) -> dict[str, Any]:
    """Returns the series of a chart for one column of numbers. name: of the sheet."""
    target = place.numbers[column]
    return {
        "name": table.columns[column].heading,
        "categories": [name, place.first, 0, place.last, 0],
        "values": [name, place.first, target, place.last, target],
        "fill": {"color": color},
    }


def style_chart(chart: Any, title: str) -> None:
    """Gives a chart of shares its axes, legend and size."""
    chart.set_title({"name": title, "name_font": {"size": 12}, "overlay": False})
    chart.set_x_axis({"min": 0, "max": 100, "num_format": '0" %"', "major_gridlines": {"visible": False}})
    chart.set_y_axis({"reverse": True, "num_font": {"size": 8}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": CHART_PIXELS, "height": (CHART_ROWS - 1) * ROW_PIXELS})


def read_me(sheets: Sheets, headline: str, lines: Iterable[str]) -> None:
    """Adds the first sheet: a headline, and a text in each row."""
    sheet = sheets.add(_("Read me"), [READ_ME_WIDTH])
    sheet.write_string(0, 0, headline, sheets.title)
    for row, line in enumerate(filter(None, lines), 2):
        sheet.write_string(row, 0, line, sheets.plain)
        set_height(sheet, row, [line], [READ_ME_WIDTH])
