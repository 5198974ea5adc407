"""The charts of a gap report as pictures that stand alone: title, chart, numbers in columns, source.

The marks come from the same strips as those of the pages."""

from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _

from posture.charts import number_text
from posture.documents import phrases
from posture.documents.canvas import BELIEF, EVIDENCE, GAP, INK, LINE, SOFT, Canvas
from posture.documents.grids import KINDS, Cell, Column, Grid, Row, draw_grids
from posture.documents.text_width import width_of
from posture.reports.citations import citation
from posture.reports.gap import GapReport
from posture.reports.pairs import TYPE_NAMES
from posture.reports.panels import PairRow, Panel, TypeRow
from posture.reports.wording import TYPES

WIDTH = 960
MARGIN = 32
NARROW = 800
"""Pixels. A narrower picture leaves out the intervals, and has narrower columns."""
GAP_COLUMNS = (("belief", 66), ("evidence", 76), ("gap", 104), ("interval", 80), ("base", 46))
DURATION_COLUMNS = (("belief", 104), ("evidence", 104), ("gap", 74), ("interval", 74), ("base", 46))
NARROW_GAP_COLUMNS = (("belief", 68), ("evidence", 72), ("gap", 98), ("base", 42))
NARROW_DURATION_COLUMNS = (("belief", 98), ("evidence", 98), ("gap", 66), ("base", 42))
TYPE_COLUMN, NARROW_TYPE_COLUMN, BASE_COLUMN = 82, 72, 46


def gaps_picture(report: GapReport, *, width: float = WIDTH, is_framed: bool = True) -> str:
    """Returns the dumbbell chart of all published pairs as SVG. is_framed: with title and source."""
    grids = [_gap_grid(report, panel, is_narrow=width < NARROW) for panel in report.panels]
    canvas = Canvas(width)
    title, lead = report.finding.headline, str(report.finding.sentence)
    y = _head(canvas, report, title, lead) if is_framed else 0.0
    y = _gap_key(canvas, report, y + 18)
    y = draw_grids(canvas, grids, y + 12, margin=MARGIN if is_framed else 0)
    description = f"{lead} {phrases.withheld_words(report.withheld)}"
    return _finished(canvas, report, y, "gaps", title, description, is_framed)


def profile_picture(report: GapReport, *, width: float = WIDTH, is_framed: bool = True) -> str:
    """Returns the types of organisations by pair as SVG."""
    canvas = Canvas(width)
    title = _("Over-confident, aligned, under-confident")
    lead = _(
        "Share of organisations of each pair. Aligned: within 10 points, or the same answer. No evidence: a belief was"
        " given, but the evidence is not known. Hatched: shown as ranges, to protect organisations."
    )
    y = _head(canvas, report, title, lead) if is_framed else 0.0
    y = draw_grids(
        canvas,
        [_type_grid(report.type_rows, is_narrow=width < NARROW)],
        y + 12,
        margin=MARGIN if is_framed else 0,
    )
    return _finished(canvas, report, y, "profile", title, lead, is_framed)


PICTURES: dict[str, Callable[[GapReport], str]] = {"gaps": gaps_picture, "profile": profile_picture}


def _head(canvas: Canvas, report: GapReport, title: str, lead: str) -> float:
    room = canvas.width - 2 * MARGIN
    y = canvas.paragraph(MARGIN, 40, phrases.eyebrow(report), width=room, size=12, color=SOFT, lines=1)
    y = canvas.paragraph(MARGIN, y + 22, title, width=room, size=26, bold=True)
    return canvas.paragraph(MARGIN, y - 6, lead, width=room, size=14.5, color=SOFT, lines=3) - 8


def _finished(
    canvas: Canvas, report: GapReport, y: float, page: str, title: str, description: str, is_framed: bool
) -> str:
    if is_framed:
        y = _foot(canvas, report, y + 20, page)
    return canvas.svg(y + (20 if is_framed else 2), title=title, description=description)


def _foot(canvas: Canvas, report: GapReport, y: float, page: str) -> float:
    room = canvas.width - 2 * MARGIN
    canvas.line(MARGIN, y, canvas.width - MARGIN, y, color=LINE)
    y += 20
    lines = [
        phrases.rests_on(report),
        _("Source: {citation}").format(citation=citation(report, page)),
    ]
    if page == "gaps" and report.withheld:
        lines.insert(0, phrases.withheld_words(report.withheld))
    for line in lines:
        y = canvas.paragraph(MARGIN, y, line, width=room, size=11.5, color=SOFT, lines=3)
    return y - 6


def _gap_key(canvas: Canvas, report: GapReport, y: float) -> float:
    x = MARGIN if y > 20 else 0.0
    items: list[tuple[str, str]] = [
        ("ring", _("Belief")),
        ("diamond", _("Evidence")),
        ("gap", _("Gap")),
        ("interval", _("{level} interval").format(level=report.level_words)),
    ]
    if any(view.marks for view in report.pairs):
        items.append(("tick", _("Published figure")))
    for shape, name in items:
        if shape in ("gap", "interval"):
            color, width = (GAP, 9.0) if shape == "gap" else (SOFT, 1.5)
            canvas.line(x, y - 4, x + 26, y - 4, color=color, width=width)
            x += 32
        else:
            canvas.symbol(shape, x + 8, y - 4, color={"ring": BELIEF, "diamond": EVIDENCE}.get(shape, INK))
            x += 20
        canvas.text(x, y, name, size=12.5)
        x += width_of(name, 12.5) + 22
    return y


def _gap_grid(report: GapReport, panel: Panel, *, is_narrow: bool) -> Grid:
    names = {
        "belief": (_("Belief"), BELIEF),
        "evidence": (_("Evidence"), EVIDENCE),
        "gap": (phrases.gap_heading(panel.key), INK),
        "interval": (_("Interval"), SOFT),
        "base": (_("Base"), SOFT),
    }
    widths = _gap_widths(is_time=panel.key == "bands", is_narrow=is_narrow)
    columns = tuple(Column(names[name][0], width, names[name][1]) for name, width in widths.items())
    return Grid(
        panel.heading, panel.axis, columns, tuple(_gap_row(report, row, widths) for row in panel.rows)
    )


def _gap_widths(*, is_time: bool, is_narrow: bool) -> dict[str, int]:
    if is_narrow:
        return dict(NARROW_DURATION_COLUMNS if is_time else NARROW_GAP_COLUMNS)
    return dict(DURATION_COLUMNS if is_time else GAP_COLUMNS)


def _gap_row(report: GapReport, row: PairRow, columns: Iterable[str]) -> Row:
    is_clear = phrases.is_clear(report, row)
    note = _("Neither direction is better.") if row.view.pair.direction == "none" else ""
    cells = {
        "belief": Cell(phrases.number_words(row.belief), BELIEF),
        "evidence": Cell(phrases.number_words(row.evidence), EVIDENCE),
        "gap": Cell(phrases.number_words(row.gap), is_bold=is_clear, note="" if is_clear else _("not clear")),
        "interval": Cell(row.gap.interval or number_text.MISSING, SOFT),
        "base": Cell(phrases.base_words(row.gap), SOFT),
    }
    return Row(row.view.pair.label, note, row.strip, tuple(cells[name] for name in columns))


def _type_grid(rows: list[TypeRow], *, is_narrow: bool) -> Grid:
    width = NARROW_TYPE_COLUMN if is_narrow else TYPE_COLUMN
    colors = {"over": BELIEF, "aligned": EVIDENCE}
    columns = tuple(Column(str(TYPES[part]), width, colors.get(part, SOFT)) for part in TYPE_NAMES)
    base = Column(_("Base"), BASE_COLUMN)
    return Grid(_("Pair"), None, (*columns, base), tuple(_type_row(row) for row in rows))


def _type_row(row: TypeRow) -> Row:
    types = row.view.types
    cells = [
        Cell(phrases.number_words(types[part]), KINDS[part] if part in ("over", "aligned") else INK)
        for part in TYPE_NAMES
    ]
    note = _("Over: belief higher. Under: lower.") if row.view.pair.direction == "none" else ""
    return Row(row.view.pair.label, note, row.strip, (*cells, Cell(phrases.base_words(types["over"]), SOFT)))
