"""The numbers of a report as tables, which the PDF and the workbook share."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from posture.charts import number_text
from posture.documents import phrases
from posture.models.number_address import absolute_address
from posture.reports.benchmark_comparisons import IndicatorRow
from posture.reports.change import ChangeReport, ChangeView
from posture.reports.gap import GapReport
from posture.reports.pairs import TYPE_NAMES
from posture.reports.panels import PairRow, Panel, TypeRow
from posture.reports.rest import RestReport, RestView
from posture.reports.values import Value
from posture.reports.wording import TYPES, benchmark_value


@dataclass(frozen=True)
class Entry:
    """A cell. address: of the receipt of a number, or of a published figure. value: the number of the text. rows: how
    many rows the cell spans; 0 for a repetition of the cell above."""

    text: str
    address: str = ""
    note: str = ""
    value: Value | None = None
    rows: int = 1


@dataclass(frozen=True)
class Column:
    """width: relative to the other columns."""

    heading: str
    width: float
    is_number: bool = False


@dataclass(frozen=True)
class Table:
    title: str
    intro: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Entry, ...], ...]


def gap_tables(report: GapReport) -> list[Table]:
    """Returns the pairs, one table for each axis. Withheld pairs are named in the text of the first."""
    return [_gap_table(report, panel) for panel in report.panels]


def type_table(report: GapReport) -> Table:
    types = tuple(_number(str(TYPES[part]), 1.1) for part in TYPE_NAMES)
    untyped = ", ".join(view.pair.label for view in report.untyped)
    return Table(
        _("Types of organisations"),
        _("Withheld in this group: {labels}.").format(labels=untyped) if untyped else "",
        (Column(_("Pair"), 3), *types, _number(_("Base"), 0.6)),
        tuple(_type_row(row) for row in report.type_rows),
    )


def published_table(report: GapReport) -> Table:
    """Returns one row for each comparison of an indicator with a published figure."""
    columns = (
        Column(_("Figure"), 2.6),
        _number(_("Here"), 0.8),
        _number(_("Interval"), 0.9),
        _number(_("Base"), 0.6),
        _number(_("Published"), 0.9),
        Column(_("Publisher"), 1.4),
        Column(_("Verdict"), 1.9),
    )
    intro = _("A verdict stands only where both ask the same and both bases are known.")
    rows = [row for indicator in report.indicators for row in _published_rows(indicator)]
    return Table(_("Beside published figures"), intro, columns, tuple(rows))


def change_table(change: ChangeReport, rows: list[ChangeView], title: str) -> Table:
    columns = (
        Column(_("Measure"), 2.8),
        _number(_("Then"), 0.8),
        _number(_("Now"), 0.8),
        _number(_("Change"), 1),
        _number(_("Interval"), 0.9),
        Column(_("Verdict"), 2),
    )
    return Table(title, change_words(change), columns, tuple(_change_row(row) for row in rows))


def change_words(change: ChangeReport) -> str:
    number = len(change.clear)
    return ngettext(
        "Since {earlier}: {number} of {compared} measures changed clearly, once all of them are tested together.",
        "Since {earlier}: {number} of {compared} measures changed clearly, once all of them are tested together.",
        number,
    ).format(earlier=change.earlier.title, number=number, compared=change.compared)


def published_rest(rest: RestReport) -> RestReport:
    """Returns the comparisons whose difference is published, for files without room for the others."""
    return replace(rest, rows=[row for row in rest.rows if not row.difference.is_withheld])


def rest_table(rest: RestReport) -> Table:
    columns = (
        Column(_("Group"), 1.6),
        Column(_("Measure"), 2.4),
        _number(_("Here"), 0.8),
        _number(_("Difference"), 1),
        _number(_("Interval"), 0.9),
        Column(_("Verdict"), 1.7),
    )
    intro = _("Each group beside all organisations outside it. {number} comparisons are tested together.")
    rows = tuple(_rest_row(row) for row in rest.rows)
    return Table(_("Groups that differ from the rest"), intro.format(number=rest.compared), columns, rows)


def entry(value: Value, *, note: str = "") -> Entry:
    address = absolute_address(value.address) if value.address else ""
    return Entry(phrases.number_words(value), address, note, value)


def words_of(cell: Entry) -> str:
    """Returns the text of a cell with its note, for files whose cells have one line."""
    return f"{cell.text} ({cell.note})" if cell.note else cell.text


def exact_value(cell: Entry) -> float | None:
    """Returns the value of a number; None for a bound, because it is not the value."""
    dot = cell.value.dot if cell.value else None
    return round(dot.value, 6) if dot is not None and not dot.bound else None


def plain(table: Table) -> dict[str, Any]:
    """Returns the table as data for the typesetter, without the numbers behind its texts."""
    return {
        "title": table.title,
        "intro": table.intro,
        "columns": [asdict(column) for column in table.columns],
        "rows": [
            [
                {"text": cell.text, "address": cell.address, "note": cell.note, "rows": cell.rows}
                for cell in row
                if cell.rows
            ]
            for row in table.rows
        ],
    }


def _number(heading: str, width: float) -> Column:
    return Column(heading, width, is_number=True)


def _gap_table(report: GapReport, panel: Panel) -> Table:
    is_time = panel.key == "bands"
    columns = (
        Column(_("Pair"), 3),
        _number(_("Belief"), 1.7 if is_time else 0.8),
        _number(_("Evidence"), 1.7 if is_time else 0.8),
        _number(phrases.gap_heading(panel.key), 1.2),
        _number(_("Interval"), 0.9),
        _number(_("Base"), 0.6),
    )
    is_first = panel.key == report.panels[0].key
    intro = phrases.withheld_words(report.withheld) if is_first else ""
    return Table(panel.heading, intro, columns, tuple(_gap_row(report, row) for row in panel.rows))


def _gap_row(report: GapReport, row: PairRow) -> tuple[Entry, ...]:
    unclear = "" if phrases.is_clear(report, row) else _("not clear")
    note = _("Neither direction is better.") if row.view.pair.direction == "none" else ""
    return (
        Entry(row.view.pair.label, note=note),
        entry(row.belief),
        entry(row.evidence),
        entry(row.gap, note=unclear),
        _interval(row.gap),
        Entry(phrases.base_words(row.gap)),
    )


def _type_row(row: TypeRow) -> tuple[Entry, ...]:
    types = row.view.types
    note = _("Over: belief higher. Under: belief lower.") if row.view.pair.direction == "none" else ""
    numbers = (entry(types[part]) for part in TYPE_NAMES)
    return (Entry(row.view.pair.label, note=note), *numbers, Entry(phrases.base_words(types["over"])))


def _published_rows(row: IndicatorRow) -> Iterator[tuple[Entry, ...]]:
    own = (Entry(row.label), entry(row.value), _interval(row.value), Entry(phrases.base_words(row.value)))
    if not row.comparisons:
        yield (*own, Entry(number_text.MISSING), Entry(""), Entry(_("Nothing comparable published")))
    for place, compared in enumerate(row.comparisons):
        spanning = (replace(cell, rows=0 if place else len(row.comparisons)) for cell in own)
        figure = compared.benchmark
        published = Entry(benchmark_value(figure), absolute_address(figure.get_absolute_url()))
        yield (*spanning, published, Entry(compared.publisher), Entry(compared.verdict))


def _change_row(row: ChangeView) -> tuple[Entry, ...]:
    return (
        Entry(row.label, note=row.statistic_label),
        entry(row.earlier_value),
        entry(row.current_value),
        entry(row.change),
        _interval(row.change),
        Entry(row.verdict_text, note=row.breaks or row.note),
    )


def _rest_row(row: RestView) -> tuple[Entry, ...]:
    return (
        Entry(row.cohort_label),
        Entry(row.label),
        entry(row.value),
        entry(row.difference),
        _interval(row.difference),
        Entry(row.verdict_text),
    )


def _interval(value: Value) -> Entry:
    return Entry(number_text.WITHHELD if value.is_withheld else value.interval or number_text.MISSING)
