"""The gap report as a workbook. Every text is written as text, so none becomes a formula, a link or a number."""

from io import BytesIO

from django.utils.translation import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from posture.documents import phrases
from posture.documents.archives import with_fixed_dates
from posture.documents.canvas import BELIEF, EVIDENCE, NO_EVIDENCE, UNDER
from posture.documents.method import Source, method_words, sources
from posture.documents.sheets import (
    CHART_ROWS,
    DICTIONARY_WIDTHS,
    ONLY_TEXT,
    Place,
    Sheets,
    block,
    read_me,
    series_of,
    style_chart,
)
from posture.documents.tables import (
    Table,
    change_table,
    gap_tables,
    published_table,
    rest_table,
    type_table,
)
from posture.reports.citations import citation
from posture.reports.gap import GapReport
from posture.reports.shorthand import all_marks

TYPE_COLORS = (BELIEF, EVIDENCE, UNDER, NO_EVIDENCE)


def workbook(report: GapReport) -> bytes:
    """Returns the file. It depends on the release and the language only."""
    target = BytesIO()
    book = Workbook(target, ONLY_TEXT)
    book.set_properties({"title": report.release.title, "subject": report.finding.headline})
    sheets = Sheets(book)
    _read_me(sheets, report)
    _gaps(sheets, report)
    sheets.tables(_("Published figures"), [published_table(report)])
    sheets.tables(_("Change"), _changes(report))
    _dictionary(sheets, report)
    book.close()
    return with_fixed_dates(target.getvalue(), phrases.computed_at(report))


def _read_me(sheets: Sheets, report: GapReport) -> None:
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
    read_me(sheets, report.finding.headline, lines)


def _gaps(sheets: Sheets, report: GapReport) -> None:
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
        chart.add_series(series_of(name, table, place, column, color) | {"gap": 60})
    style_chart(chart, table.title)
    sheet.insert_chart(
        0, 0, chart, {"description": _("Belief and evidence by pair. The table below has the numbers.")}
    )


def _type_chart(book: Workbook, sheet: Worksheet, name: str, table: Table, place: Place) -> None:
    chart = book.add_chart({"type": "bar", "subtype": "stacked"})
    for column, color in enumerate(TYPE_COLORS, 1):
        if column in place.numbers:
            chart.add_series(series_of(name, table, place, column, color) | {"gap": 40})
    style_chart(chart, table.title)
    sheet.insert_chart(
        0, 3, chart, {"description": _("Types of organisations by pair. The table below has the numbers.")}
    )


def _changes(report: GapReport) -> list[Table]:
    tables = []
    if report.change is not None:
        tables.append(change_table(report.change, report.change.rows, _("All changes")))
    if report.rest.rows:
        tables.append(rest_table(report.rest))
    return tables


def _dictionary(sheets: Sheets, report: GapReport) -> None:
    sheet = sheets.add(_("Dictionary"), DICTIONARY_WIDTHS)
    row = block(
        sheets,
        sheet,
        0,
        (_("Pair"), _("Label"), _("Question about the belief"), _("Question about the evidence")),
        [
            (view.pair.code, view.pair.label, view.belief_item.wording, view.evidence_item.wording)
            for view in report.pairs
        ],
    )
    row = block(
        sheets,
        sheet,
        row,
        (_("Figure"), _("Label"), _("Question")),
        [(indicator.code, indicator.label, indicator.wording) for indicator in report.indicators],
    )
    row = block(sheets, sheet, row, (_("Mark"), _("Meaning")), all_marks())
    block(
        sheets,
        sheet,
        row,
        (_("Source"), _("Publication"), _("Figures"), _("Address")),
        [_source(number, source) for number, source in enumerate(sources(report), 1)],
    )


def _source(number: int, found: Source) -> tuple[str, ...]:
    return str(number), found.publication, " ".join(found.figures), found.address
