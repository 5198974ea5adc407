"""The charts of an organisation's report: how its pairs divide, and its belief and evidence beside the cohort."""

from django.utils.translation import gettext as _

from posture.charts.strips import Axis
from posture.documents.canvas import BELIEF, EVIDENCE, PAPER, SOFT, Canvas
from posture.documents.grids import KINDS, Cell, Column, Grid, Row, draw_grids
from posture.documents.text_width import width_of
from posture.reports.organization_story import OrganizationStory
from posture.reports.own_pairs import OwnPair
from posture.reports.pairs import ORGANIZATIONS
from posture.reports.panels import axis_of

BAR, KEY_LINE, BOX = 30.0, 20.0, 12.0
NARROW_PART = 22.0
"""Pixels. A narrower part of the bar has its number in the key only."""
COLUMNS = (("belief", 82, BELIEF), ("evidence", 100, EVIDENCE), ("result", 106, SOFT))
LIGHT = ("no_evidence",)


def division_picture(story: OrganizationStory, *, width: float) -> str:
    """Returns the pairs by category as one bar with a key."""
    canvas, division = Canvas(width), story.report.division
    for segment in division.strip.segments:
        start, length = segment.start * width / 100, segment.width * width / 100
        canvas.rectangle(start, 0, length, BAR, fill=KINDS[segment.kind])
        if length > NARROW_PART:
            color = SOFT if segment.kind in LIGHT else PAPER
            canvas.text(start + 8, BAR / 2 + 5, segment.text, size=14, color=color, bold=True)
    x, y = 0.0, BAR + KEY_LINE
    for kind, title, number in division.named:
        words = f"{number} {title.lower()}"
        canvas.rectangle(x, y - BOX + 2, BOX, BOX, fill=KINDS[kind])
        canvas.text(x + BOX + 6, y, words, size=12.5)
        x += BOX + 6 + width_of(words, 12.5) + 20
    return canvas.svg(y + 8, title=division.headline, description=str(division.verdict))


def own_pairs_picture(story: OrganizationStory, *, width: float) -> str:
    """Returns the pairs that have an axis. Yes-or-no pairs of one organisation are no shares, so they have none."""
    canvas = Canvas(width)
    y = _key(canvas, has_cohort=story.report.release is not None)
    y = draw_grids(canvas, _grids(story), y + 8, margin=0)
    return canvas.svg(
        y + 2, title=_("Own belief and evidence"), description=str(story.report.division.verdict)
    )


def has_axis(pair: OwnPair) -> bool:
    return pair.view.axis != ORGANIZATIONS and (pair.belief_dot is not None or pair.evidence_dot is not None)


def _key(canvas: Canvas, *, has_cohort: bool) -> float:
    items = [("circle", _("Own belief"), BELIEF), ("diamond", _("Own evidence"), EVIDENCE)]
    if has_cohort:
        items += [("ring", _("Cohort, belief"), BELIEF), ("hollow", _("Cohort, evidence"), EVIDENCE)]
    x, y = 0.0, 16.0
    for shape, name, color in items:
        canvas.symbol(shape, x + 8, y - 4, color=color)
        canvas.text(x + 20, y, name, size=12.5)
        x += 20 + width_of(name, 12.5) + 22
    return y


def _grids(story: OrganizationStory) -> list[Grid]:
    """Returns one grid for each axis, in the order of the pairs."""
    by_axis: dict[Axis, list[OwnPair]] = {}
    for pair in filter(has_axis, story.report.pairs):
        by_axis.setdefault(axis_of(pair.view), []).append(pair)
    names = {"belief": _("Own belief"), "evidence": _("Own evidence"), "result": _("Result")}
    columns = tuple(Column(names[name], width, color) for name, width, color in COLUMNS)
    return [
        Grid(_heading(pairs[0]), axis, columns, tuple(map(_row, pairs))) for axis, pairs in by_axis.items()
    ]


def _heading(pair: OwnPair) -> str:
    return _("Time") if pair.unit == "bands" else _("Shares")


def _row(pair: OwnPair) -> Row:
    cells = (Cell(pair.belief, BELIEF), Cell(pair.evidence, EVIDENCE), Cell(pair.verdict, note=pair.gap))
    strip = pair.strip
    if strip is None:
        raise ValueError(f"{pair.view.pair.code} has no axis.")
    return Row(pair.view.pair.label, "", strip, cells)
