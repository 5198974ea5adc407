"""The numbers behind a chart as CSV and XLSX, the same that the chart draws."""

import csv
from collections.abc import Iterable, Sequence
from io import BytesIO

import xlsxwriter
from django.http import HttpResponse

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(response)
    writer.writerow(header)
    for row in rows:
        writer.writerow([_inert(value) for value in row])
    return response


def xlsx_response(
    name: str, header: Sequence[str], rows: Iterable[Sequence[object]], *, note: str
) -> HttpResponse:
    """Texts stay texts: nothing is read as a formula or an address. `note` stands above the table."""
    content = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        sheet = book.add_worksheet("Table")
        sheet.write_string(0, 0, note)
        sheet.write_row(2, 0, header, book.add_format({"bold": True}))
        for place, row in enumerate(rows, start=3):
            sheet.write_row(place, 0, row)
        sheet.freeze_panes(3, 2)
    response = HttpResponse(
        content.getvalue(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def _inert(value: object) -> object:
    """A text that a spreadsheet would run as a formula gets a quote before it; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
