"""Slides with a title, a citation and a number, which the decks of all reports are made of."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.enum.text import PP_ALIGN
from pptx.slide import Slide
from pptx.util import Inches, Length, Pt

from posture.documents.archives import with_fixed_dates
from posture.documents.canvas import INK, SOFT
from posture.documents.slide_charts import color_of
from posture.documents.slide_tables import SlideColumn, add_table
from posture.documents.tables import Table, words_of

TEMPLATE = Path(__file__).parent / "template.pptx"
COVER, PLAIN = 0, 1
ROWS_OF_A_SLIDE = 11
MARGIN, ROOM = Inches(0.6), Inches(12.1)
LONGEST_PROPERTY = 255


class Deck:
    """A file of slides. foot: below each slide. made_at: the date of the file."""

    def __init__(self, *, title: str, subject: str, foot: str, made_at: datetime) -> None:
        self.foot, self.made_at = foot, made_at
        self.file = Presentation(str(TEMPLATE))
        properties = self.file.core_properties
        properties.title, properties.subject = title[:LONGEST_PROPERTY], subject[:LONGEST_PROPERTY]
        properties.created = properties.modified = made_at

    def add(self, title: str, *, layout: int = PLAIN) -> Slide:
        slide: Slide = self.file.slides.add_slide(self.file.slide_layouts[layout])
        if slide.shapes.title is not None:
            slide.shapes.title.text = title
        number = str(len(self.file.slides))
        _text(slide, self.foot, MARGIN, Inches(6.95), Inches(11.2), size=8, color=SOFT)
        _text(
            slide, number, Inches(12.1), Inches(6.95), Inches(0.6), size=8, color=SOFT, align=PP_ALIGN.RIGHT
        )
        return slide

    def cover(self, headline: str, lead: str, *, above: str, below: str, notes: Iterable[str]) -> None:
        slide = self.add(headline, layout=COVER)
        slide.placeholders[1].text = lead
        slide.placeholders[1].text_frame.paragraphs[0].runs[0].font.size = Pt(20)
        _text(slide, above, MARGIN, Inches(1.6), ROOM, size=14, color=SOFT)
        _text(slide, below, MARGIN, Inches(5.9), ROOM, size=14, color=SOFT)
        self.notes(slide, notes)

    def tables(self, table: Table, *, rows_of_a_slide: int = ROWS_OF_A_SLIDE) -> None:
        """Adds a table, on as many slides as it needs."""
        for start in range(0, len(table.rows), rows_of_a_slide):
            rows = table.rows[start : start + rows_of_a_slide]
            slide = self.add(table.title)
            columns = [
                SlideColumn(column.heading, column.width, column.is_number) for column in table.columns
            ]
            add_table(slide, columns, [[words_of(cell) for cell in cells] for cells in rows], alt=table.title)
            self.notes(slide, table_notes(Table(table.title, table.intro, table.columns, rows)))

    def paragraphs(self, title: str, texts: Iterable[str], *, notes: Iterable[str]) -> None:
        """Adds a slide of text."""
        slide = self.add(title)
        _text(slide, "\n".join(texts), MARGIN, Inches(1.4), ROOM, size=16, color=INK)
        self.notes(slide, notes)

    def notes(self, slide: Slide, lines: Iterable[str]) -> None:
        frame = slide.notes_slide.notes_text_frame
        if frame is not None:
            frame.text = "\n".join(filter(None, lines))

    def content(self) -> bytes:
        target = BytesIO()
        self.file.save(target)
        return with_fixed_dates(target.getvalue(), self.made_at)


def table_notes(table: Table) -> Iterator[str]:
    """Yields each row as a line, and the addresses of its numbers."""
    if table.intro:
        yield table.intro
    for cells in table.rows:
        named = zip(table.columns, cells, strict=True)
        yield "; ".join(f"{column.heading}: {words_of(cell)}" for column, cell in named if cell.text)
        yield from (cell.address for cell in cells if cell.address and cell.rows)


def _text(
    slide: Slide,
    text: str,
    left: Length,
    top: Length,
    width: Length,
    *,
    size: int,
    color: str,
    align: Any = PP_ALIGN.LEFT,
) -> None:
    frame = slide.shapes.add_textbox(left, top, width, Inches(0.4)).text_frame
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = 0
    frame.text = text
    for paragraph in frame.paragraphs:
        paragraph.alignment = align
        paragraph.space_after = Pt(size * 0.7)
        for run in paragraph.runs:
            run.font.size, run.font.color.rgb = Pt(size), color_of(color)
