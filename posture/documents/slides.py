"""The gap report as slides with native charts. The notes of each slide have bases, intervals and receipts."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from posture.charts import number_text
from posture.documents import phrases
from posture.documents.canvas import BELIEF, EVIDENCE, SOFT
from posture.documents.deck import Deck, table_notes
from posture.documents.method import method_words
from posture.documents.slide_charts import dumbbell_chart, type_chart
from posture.documents.slide_tables import SlideColumn, add_table
from posture.documents.tables import (
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

PAIRS_OF_A_SLIDE = 17


def slides(report: GapReport) -> bytes:
    """Returns the file. It depends on the release and the language only."""
    deck = Deck(
        title=report.release.title,
        subject=report.finding.headline,
        foot=" ".join(filter(None, [phrases.synthetic(report), citation(report, "summary")])),
        made_at=phrases.computed_at(report),
    )
    _cover(deck, report)
    _gaps(deck, report)
    if report.type_rows:
        _types(deck, report)
    deck.tables(published_table(report))
    if report.change is not None and report.change.clear:
        deck.tables(change_table(report.change, report.change.clear, _("What changed clearly")))
    deck.tables(rest_table(published_rest(report.rest)))
    rests_on = [phrases.rests_on(report), phrases.withheld_words(report.withheld)]
    deck.paragraphs(_("Method and sources"), method_words(report), notes=rests_on)
    return deck.content()


def _cover(deck: Deck, report: GapReport) -> None:
    sentences = (report.finding.sentence, *report.finding.details)
    receipts = phrases.addresses(part.address for sentence in sentences for part in sentence.numbers)
    deck.cover(
        report.finding.headline,
        str(report.finding.sentence),
        above=phrases.eyebrow(report),
        below=phrases.rests_on(report),
        notes=[*map(str, report.finding.details), *receipts],
    )


def _gaps(deck: Deck, report: GapReport) -> None:
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
        ends = [(row.belief.dot, row.evidence.dot) for row in part]
        dumbbell_chart(slide, ends, place, alt=alt.format(number=len(part), lead=report.finding.sentence))
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


def _types(deck: Deck, report: GapReport) -> None:
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
    deck.notes(slide, table_notes(type_table(report)))


def _type_texts(row: TypeRow) -> list[str]:
    numbers = (phrases.number_words(row.view.types[part]) for part in TYPE_NAMES)
    return [row.view.pair.label, "", *numbers, phrases.base_words(row.view.types["over"])]
