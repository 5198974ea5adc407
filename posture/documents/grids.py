"""Charts as rows with one axis: a label, a strip of marks, and numbers in columns at the end of each row."""

from dataclasses import dataclass

from posture.charts.strips import Axis, Line, Strip
from posture.documents.canvas import (
    BELIEF,
    DIFFERS,
    EVIDENCE,
    GAP,
    INK,
    LINE,
    NO_EVIDENCE,
    SOFT,
    UNDER,
    Canvas,
)
from posture.documents.text_width import width_of, wrapped

COVERED = 1.5
"""Percent of the axis. A ring this close to another symbol is not filled, so that both are seen."""
COLORS = {"belief": BELIEF, "evidence": EVIDENCE}
KINDS = {
    "over": BELIEF,
    "aligned": EVIDENCE,
    "under": UNDER,
    "no_evidence": NO_EVIDENCE,
    "differs": DIFFERS,
    "range": "url(#hatch)",
}


@dataclass(frozen=True)
class Cell:
    """A number at the end of a row. note: small text below it."""

    text: str
    color: str = INK
    is_bold: bool = False
    note: str = ""


@dataclass(frozen=True)
class Column:
    heading: str
    width: float
    color: str = SOFT


@dataclass(frozen=True)
class Row:
    label: str
    note: str
    strip: Strip
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Grid:
    """A chart as rows with one axis. axis: None for bars that fill the column."""

    heading: str
    axis: Axis | None
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def draw_grids(canvas: Canvas, grids: list[Grid], y: float, *, margin: float) -> float:
    labels = min(250.0, 0.27 * canvas.width)
    for grid in grids:
        y = _grid(canvas, grid, y + 14, margin=margin, labels=labels)
    return y


def _grid(canvas: Canvas, grid: Grid, y: float, *, margin: float, labels: float) -> float:
    right = canvas.width - margin
    start = margin + labels + 18
    end = right - sum(column.width for column in grid.columns) - 14
    top = y + 12
    y = _grid_head(canvas, grid, top, margin=margin, ends=(start, end), labels=labels)
    heights = [_height(row, labels) for row in grid.rows]
    if grid.axis is not None:
        for place, _text, _anchor in grid.axis.marks:
            x = start + (end - start) * place / 100
            canvas.line(x, y, x, y + sum(heights), color=LINE)
    for row, height in zip(grid.rows, heights, strict=True):
        canvas.line(margin, y, right, y, color="#eef0f3")
        middle = y + height / 2
        _label(canvas, row, margin, middle, labels)
        _strip(canvas, row.strip, start, end, middle)
        x = right
        for column, cell in reversed(list(zip(grid.columns, row.cells, strict=True))):
            _cell(canvas, cell, x, middle, column.width - 10)
            x -= column.width
        y += height
    canvas.line(margin, y, right, y, color=LINE)
    return y


def _grid_head(
    canvas: Canvas, grid: Grid, y: float, *, margin: float, ends: tuple[float, float], labels: float
) -> float:
    """Writes heading, ends of the axis and names of the columns. Returns the top of the first row."""
    start, end = ends
    canvas.paragraph(margin, y, grid.heading, width=labels, size=13, bold=True)
    x = canvas.width - margin
    for column in reversed(grid.columns):
        canvas.paragraph(
            x,
            y,
            column.heading,
            width=column.width - 8,
            size=11.5,
            color=column.color,
            anchor="end",
            bold=True,
        )
        x -= column.width
    if grid.axis is not None:
        marks = [(place, text) for place, text, _anchor in grid.axis.marks if text]
        is_long = any(width_of(text, 11.5) > 60 for _place, text in marks)
        for place, text in marks:
            middle = start + (end - start) * place / 100
            anchor = "middle" if not is_long else "start" if place < 50 else "end"
            canvas.paragraph(
                middle,
                y,
                text,
                width=(end - start) / 2.2 if is_long else 60,
                size=11.5,
                color=SOFT,
                anchor=anchor,
            )
    return y + 24


def _height(row: Row, labels: float) -> float:
    lines = len(wrapped(row.label, 13, labels)) + bool(row.note)
    cells = max((len(wrapped(cell.text, 12.5, 94)) + bool(cell.note) for cell in row.cells), default=1)
    return 32.0 if max(lines, cells) == 1 else 8.0 + 17.0 * max(lines, cells, 2)


def _label(canvas: Canvas, row: Row, x: float, middle: float, width: float) -> None:
    if not row.note:
        canvas.paragraph(x, middle, row.label, width=width, middle=True)
        return
    lines = len(wrapped(row.label, 13, width))
    y = canvas.paragraph(x, middle - 8, row.label, width=width, middle=True)
    canvas.text(x, y - 1 if lines > 1 else y, row.note, size=11, color=SOFT)


def _cell(canvas: Canvas, cell: Cell, x: float, middle: float, width: float) -> None:
    canvas.paragraph(
        x,
        middle - 6 if cell.note else middle,
        cell.text,
        width=width,
        size=12.5,
        color=cell.color,
        bold=cell.is_bold,
        anchor="end",
        middle=True,
    )
    if cell.note:
        canvas.text(x, middle + 13, cell.note, size=11, color=SOFT, anchor="end")


def _strip(canvas: Canvas, strip: Strip, start: float, end: float, y: float) -> None:
    def at(place: float) -> float:
        return start + (end - start) * place / 100

    if strip.segments:
        canvas.outline(start, y - 9, end - start, 18)
    for segment in strip.segments:
        canvas.rectangle(
            at(segment.start), y - 9, (end - start) * segment.width / 100, 18, fill=KINDS[segment.kind]
        )
    for line in strip.lines:
        color, width = _line_style(line)
        shift = 0 if line.kind == "gap" else -2 if "belief" in line.kind else 2
        canvas.line(at(line.start), y + shift, at(line.end), y + shift, color=color, width=width)
    for point in strip.points:
        color = next((COLORS[side] for side in COLORS if point.kind.endswith(side)), INK)
        is_covering = any(other is not point and abs(other.at - point.at) < COVERED for other in strip.points)
        shape = "open-ring" if is_covering and point.shape == "ring" else point.shape
        canvas.symbol(shape, at(point.at), y, color=SOFT if "loose" in point.kind else color)


def _line_style(line: Line) -> tuple[str, float]:
    if line.kind == "gap":
        return GAP, 9
    return (BELIEF if "belief" in line.kind else EVIDENCE), 1.5
