"""An organisation's report as slides with a native chart. The notes have reasons, clauses and addresses of numbers."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from posture.documents.canvas import BELIEF, EVIDENCE, INK
from posture.documents.deck import Deck, table_notes
from posture.documents.organization import phrases
from posture.documents.organization.tables import (
    actions_table,
    frameworks_table,
    full_actions_table,
    pairs_table,
    published_table,
    result_of,
    scores_table,
    topics_table,
    waves_table,
)
from posture.documents.slide_charts import dumbbell_chart
from posture.documents.slide_tables import SlideColumn, add_table
from posture.reports.organization_story import OrganizationStory
from posture.reports.own_pairs import OwnPair

FEW_ROWS, SOME_ROWS, MANY_ROWS = 5, 8, 18
PAIRS_OF_A_SLIDE = 17


def slides(story: OrganizationStory) -> bytes:
    """Returns the file. It depends on the answers, the release and the language only."""
    report = story.report
    deck = Deck(
        title=phrases.title(story),
        subject=report.division.headline,
        foot=phrases.foot(story),
        made_at=story.as_of,
    )
    deck.cover(
        report.division.headline,
        str(report.division.verdict),
        above=phrases.title(story),
        below="\n".join([_named(story), phrases.rests_on(story)]).strip(),
        notes=[phrases.address(story)],
    )
    _actions(deck, story)
    _own_pairs(deck, story)
    deck.tables(topics_table(story), rows_of_a_slide=MANY_ROWS)
    if len(report.waves) > 1:
        deck.tables(waves_table(story))
    deck.tables(pairs_table(story.report.pairs), rows_of_a_slide=SOME_ROWS)
    deck.tables(scores_table(story))
    deck.tables(published_table(story), rows_of_a_slide=FEW_ROWS)
    deck.tables(frameworks_table(story))
    deck.paragraphs(_("How to read this report"), phrases.method(story), notes=[])
    return deck.content()


def _named(story: OrganizationStory) -> str:
    """Returns how many pairs each category has, and the evidence score."""
    counts = [f"{number} {title.lower()}" for _code, title, number in story.report.division.named]
    total = story.report.total
    if total is not None:
        counts.append(_("evidence score {score}").format(score=total.value))
    return " · ".join(counts)


def _actions(deck: Deck, story: OrganizationStory) -> None:
    if not story.actions:
        return
    table = actions_table(story)
    slide = deck.add(table.title)
    columns = [SlideColumn(column.heading, column.width) for column in table.columns]
    add_table(slide, columns, [[cell.text for cell in cells] for cells in table.rows], alt=table.title)
    deck.notes(slide, table_notes(full_actions_table(story)))


def _own_pairs(deck: Deck, story: OrganizationStory) -> None:
    """Adds a slide of the pairs that are shares; times have no common axis."""
    pairs = [pair for pair in story.report.pairs if is_share(pair)]
    columns = (
        SlideColumn(_("Pair"), 3.4),
        SlideColumn(_("0 to 100 %"), 4, is_chart=True),
        SlideColumn(_("Own belief"), 1.5, is_number=True, color=BELIEF),
        SlideColumn(_("Own evidence"), 1.5, is_number=True, color=EVIDENCE),
        SlideColumn(_("Result"), 2.6, is_number=True, color=INK),
    )
    for start in range(0, len(pairs), PAIRS_OF_A_SLIDE):
        part = pairs[start : start + PAIRS_OF_A_SLIDE]
        title = _("Own belief and evidence")
        slide = deck.add(title)
        rows = [[pair.view.pair.label, "", pair.belief, pair.evidence, result_of(pair)] for pair in part]
        place = add_table(slide, columns, rows, alt=title)
        alt = _("Own belief and evidence of {number} pairs. The table has the numbers.")
        ends = [(pair.belief_dot, pair.evidence_dot) for pair in part]
        dumbbell_chart(slide, ends, place, alt=alt.format(number=len(part)))
        deck.notes(slide, _advice(part))


def is_share(pair: OwnPair) -> bool:
    """Returns whether the pair can be drawn on an axis of percent."""
    return pair.unit == "points" and (pair.belief_dot is not None or pair.evidence_dot is not None)


def _advice(pairs: list[OwnPair]) -> Iterator[str]:
    for pair in pairs:
        yield f"{pair.view.pair.label}: {pair.advice}"
