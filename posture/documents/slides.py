"""The gap report as slides with native charts. The notes of each slide have bases, intervals and receipts."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from pptx import Presentation
from pptx.enum.text import PP_ALIGN
from pptx.slide import Slide
from pptx.util import Inches, Length, Pt

from posture.charts import number_text
from posture.documents import phrases
from posture.documents.archives import with_fixed_dates
from posture.documents.canvas import BELIEF, EVIDENCE, INK, SOFT
from posture.documents.method import method_words
from posture.documents.slide_charts import color_of, dumbbell_chart, type_chart
from posture.documents.slide_tables import SlideColumn, add_table
from posture.documents.tables import (
    Entry,
    Table,
    change_table,
    gap_tables,
    published_rest,
    published_table,
    rest_table,
    type_table,
)
from posture.reports.citations import citation
from posture.reports.gap import GapReport
from posture.reports.pairs import TYPE_NAMES
from posture.reports.panels import PairRow, TypeRow
from posture.reports.wording import TYPES

TEMPLATE = Path(__file__).parent / "template.pptx"
COVER, PLAIN = 0, 1
ROWS_OF_A_SLIDE = 11
PAIRS_OF_A_SLIDE = 17
MARGIN, ROOM = Inches(0.6), Inches(12.1)


def slides(report: GapReport) -> bytes:
    """Returns the file. It depends on the release and the language only."""
    deck = _Deck(report)
    deck.cover()
    _gaps(deck, report)
    if report.type_rows:
        _types(deck, report)
    deck.tables(published_table(report))
    if report.change is not None and report.change.clear:
        deck.tables(change_table(report.change, report.change.clear, _("What changed clearly")))
    deck.tables(rest_table(published_rest(report.rest)))
    deck.method()
    return deck.content()


def _gaps(deck: "_Deck", report: GapReport) -> None:
    rows = [row for panel in report.panels if panel.key != "bands" for row in panel.rows]
    columns = (
        SlideColumn(_("Pair"), 3.6),
        SlideColumn(_("0 to 100 %"), 3.8, is_chart=True),
        SlideColumn(_("Belief"), 0.9, is_number=True, color=BELIEF),
        SlideColumn(_("Evidence"), 1, is_number=True, color=EVIDENCE),
        SlideColumn(_("Gap"), 2.4, is_number=True),
        SlideColumn(_("Base"), 0.7, is_number=True, color=SOFT),
    )
    for start in range(0, len(rows), PAIRS_OF_A_SLIDE):
        part = rows[start : start + PAIRS_OF_A_SLIDE]
        slide = deck.add(report.finding.headline)
        place = add_table(slide, columns, [_pair_texts(report, row) for row in part], alt=_("Gaps by pair"))
        alt = _("Belief and evidence of {number} pairs. {lead} The table has the numbers.")
        dumbbell_chart(slide, part, place, alt=alt.format(number=len(part), lead=report.finding.sentence))
        deck.notes(slide, [phrases.withheld_words(report.withheld), *_pair_notes(part)])
    for table, panel in zip(gap_tables(report), report.panels, strict=True):
        if panel.key == "bands":
            deck.tables(table)


def _pair_texts(report: GapReport, row: PairRow) -> list[str]:
    unclear = "" if phrases.is_clear(report, row) else f" ({_('not clear')})"
    return [
        row.view.pair.label,
        "",
        phrases.number_words(row.belief),
        phrases.number_words(row.evidence),
        phrases.number_words(row.gap) + unclear,
        phrases.base_words(row.gap),
    ]


def _pair_notes(rows: Iterable[PairRow]) -> Iterator[str]:
    for row in rows:
        words = _(
            "{label}: belief {belief}, evidence {evidence}, gap {gap} (interval {interval}, base {base})."
        )
        yield words.format(
            label=row.view.pair.label,
            belief=phrases.number_words(row.belief),
            evidence=phrases.number_words(row.evidence),
            gap=phrases.number_words(row.gap),
            interval=row.gap.interval or number_text.MISSING,
            base=phrases.base_words(row.gap),
        )
        yield from phrases.receipts(row.belief, row.evidence, row.gap)


def _types(deck: "_Deck", report: GapReport) -> None:
    slide = deck.add(_("Over-confident, aligned, under-confident"))
    colors = {"over": BELIEF, "aligned": EVIDENCE}
    columns = (
        SlideColumn(_("Pair"), 3.4),
        SlideColumn(_("Share of organisations"), 3.1, is_chart=True),
        *(
            SlideColumn(str(TYPES[part]), 1.45, is_number=True, color=colors.get(part, SOFT))
            for part in TYPE_NAMES
        ),
        SlideColumn(_("Base"), 0.6, is_number=True, color=SOFT),
    )
    rows = [_type_texts(row) for row in report.type_rows]
    place = add_table(slide, columns, rows, alt=_("Types of organisations by pair"), size=11.5)
    alt = _("Types of organisations of {number} pairs as stacked bars. The table has the numbers.")
    type_chart(slide, report.type_rows, place, alt=alt.format(number=len(report.type_rows)))
    deck.notes(slide, _table_notes(type_table(report)))


def _type_texts(row: TypeRow) -> list[str]:
    numbers = (phrases.number_words(row.view.types[part]) for part in TYPE_NAMES)
    return [row.view.pair.label, "", *numbers, phrases.base_words(row.view.types["over"])]


def _table_notes(table: Table) -> Iterator[str]:
    """Yields each row as a line, and the addresses of its numbers."""
    if table.intro:
        yield table.intro
    for cells in table.rows:
        named = zip(table.columns, cells, strict=True)
        yield "; ".join(f"{column.heading}: {_words(cell)}" for column, cell in named if cell.text)
        yield from (cell.address for cell in cells if cell.address and cell.rows)


def _words(cell: Entry) -> str:
    return f"{cell.text} ({cell.note})" if cell.note else cell.text


class _Deck:
    """Adds slides with a title, a citation and a number."""

    def __init__(self, report: GapReport) -> None:
        self.report = report
        self.file = Presentation(str(TEMPLATE))
        properties, made_at = self.file.core_properties, phrases.computed_at(report)
        properties.title, properties.subject = report.release.title[:255], report.finding.headline[:255]
        properties.created = properties.modified = made_at

    def add(self, title: str, *, layout: int = PLAIN) -> Slide:
        slide: Slide = self.file.slides.add_slide(self.file.slide_layouts[layout])
        if slide.shapes.title is not None:
            slide.shapes.title.text = title
        number = str(len(self.file.slides))
        foot = " ".join(filter(None, [phrases.synthetic(self.report), citation(self.report, "summary")]))
        _text(slide, foot, MARGIN, Inches(6.95), Inches(11.2), size=8, color=SOFT)
        _text(
            slide, number, Inches(12.1), Inches(6.95), Inches(0.6), size=8, color=SOFT, align=PP_ALIGN.RIGHT
        )
        return slide

    def cover(self) -> None:
        report = self.report
        slide = self.add(report.finding.headline, layout=COVER)
        slide.placeholders[1].text = str(report.finding.sentence)
        slide.placeholders[1].text_frame.paragraphs[0].runs[0].font.size = Pt(20)
        _text(slide, phrases.eyebrow(report), MARGIN, Inches(1.6), ROOM, size=14, color=SOFT)
        _text(slide, phrases.rests_on(report), MARGIN, Inches(5.9), ROOM, size=14, color=SOFT)
        self.notes(slide, [*map(str, report.finding.details), *self._receipts()])

    def _receipts(self) -> list[str]:
        sentences = (self.report.finding.sentence, *self.report.finding.details)
        return phrases.addresses(part.address for found in sentences for part in found.numbers)

    def tables(self, table: Table) -> None:
        """Adds a table, on as many slides as it needs."""
        for start in range(0, len(table.rows), ROWS_OF_A_SLIDE):
            rows = table.rows[start : start + ROWS_OF_A_SLIDE]
            slide = self.add(table.title)
            columns = [SlideColumn(found.heading, found.width, found.is_number) for found in table.columns]
            add_table(slide, columns, [[_words(cell) for cell in cells] for cells in rows], alt=table.title)
            part = Table(table.title, table.intro, table.columns, rows)
            self.notes(slide, _table_notes(part))

    def method(self) -> None:
        slide = self.add(_("Method and sources"))
        _text(slide, "\n".join(method_words(self.report)), MARGIN, Inches(1.4), ROOM, size=16, color=INK)
        self.notes(slide, [phrases.rests_on(self.report), phrases.withheld_words(self.report.withheld)])

    def notes(self, slide: Slide, lines: Iterable[str]) -> None:
        frame = slide.notes_slide.notes_text_frame
        if frame is not None:
            frame.text = "\n".join(filter(None, lines))

    def content(self) -> bytes:
        target = BytesIO()
        self.file.save(target)
        return with_fixed_dates(target.getvalue(), phrases.computed_at(self.report))


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
