"""Tables on slides: columns with colours, and an empty column on which a chart may lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.slide import Slide
from pptx.util import Inches, Pt

from posture.documents.canvas import INK, LINE, PAPER, SOFT
from posture.documents.slide_charts import Place, color_of
from posture.documents.text_width import wrapped

LEFT, TOP, WIDTH, HEIGHT = Inches(0.6), Inches(1.25), Inches(12.1), Inches(5.5)
LARGEST_ROW = Inches(0.45)
POINTS_OF_AN_INCH = 72


@dataclass(frozen=True)
class SlideColumn:
    """width: relative to the other columns. color: of its numbers. is_chart: stays empty."""

    heading: str
    width: float
    is_number: bool = False
    color: str = INK
    is_chart: bool = False


def add_table(
    slide: Slide, columns: Sequence[SlideColumn], rows: Sequence[Sequence[str]], *, alt: str, size: float = 12
) -> Place:
    """Adds a table whose rows share the height of the slide. Returns the place of its empty column."""
    height = int(min(LARGEST_ROW, HEIGHT // (len(rows) + 1)))
    shape: Any = slide.shapes.add_table(
        len(rows) + 1, len(columns), LEFT, TOP, WIDTH, Inches(height * (len(rows) + 1) / Inches(1))
    )
    shape._element.nvGraphicFramePr.cNvPr.set("descr", alt)
    grid, total = shape.table, sum(column.width for column in columns)
    grid.horz_banding = False
    widths = [int(WIDTH * column.width / total) for column in columns]
    for row in grid.rows:
        row.height = height
    for place, (column, width) in enumerate(zip(columns, widths, strict=True)):
        grid.columns[place].width = width
        room = width / Inches(1) * POINTS_OF_AN_INCH - 8
        _fill(grid.cell(0, place), column, column.heading, size - 1, is_heading=True)
        for line, texts in enumerate(rows, 1):
            is_chart = any(other.is_chart for other in columns)
            text = wrapped(texts[place], size, room, lines=1)[0] if is_chart else texts[place]
            _fill(grid.cell(line, place), column, text, size)
    before = next((place for place, column in enumerate(columns) if column.is_chart), 0)
    return Place(LEFT + sum(widths[:before]), TOP + height, widths[before], height * len(rows))


def _fill(cell: Any, column: SlideColumn, text: str, size: float, *, is_heading: bool = False) -> None:
    cell.text = text
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    cell.margin_top = cell.margin_bottom = Inches(0.02)
    cell.margin_left = cell.margin_right = Inches(0.08)
    cell.fill.solid()
    cell.fill.fore_color.rgb = color_of(LINE if is_heading else PAPER)
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT if column.is_number else PP_ALIGN.LEFT
    color = column.color if column.is_number or not is_heading else SOFT
    for run in paragraph.runs:
        run.font.size, run.font.bold = Pt(size), is_heading
        run.font.color.rgb = color_of(color)
