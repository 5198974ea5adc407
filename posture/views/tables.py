"""The data of a chart as CSV and XLSX; the numbers are those of the chart."""

from collections.abc import Iterable, Sequence
from io import BytesIO

import xlsxwriter
from django.http import HttpResponse

from surveys.exports.csv_text import cell, csv_text


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    response = HttpResponse(csv_text(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def xlsx_response(
    name: str, header: Sequence[str], rows: Iterable[Sequence[object]], *, note: str
) -> HttpResponse:
    """Returns the rows as XLSX. Texts are never converted to formulas, numbers or links. `note` is the text above the
    table."""
    content = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        sheet = book.add_worksheet("Table")
        sheet.write_string(0, 0, str(cell(note)))
        sheet.write_row(2, 0, [cell(name) for name in header], book.add_format({"bold": True}))
        for row_number, row in enumerate(rows, start=3):
            sheet.write_row(row_number, 0, [cell(value) for value in row])
        sheet.freeze_panes(3, 2)
    response = HttpResponse(
        content.getvalue(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response
