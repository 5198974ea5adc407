"""Charts as rows of a table: each row has one strip, a drawing of its marks on an axis that all rows share.

The numbers stand in the columns beside the strip. So a strip has no text, and a screen reader passes over it."""

from collections.abc import Sequence
from dataclasses import dataclass

from posture.charts.dumbbell import Dot, DumbbellRow

SMALLEST_VISIBLE = 0.6
"""Percent of the axis. A narrower segment is drawn this wide, so that it does not vanish."""


@dataclass(frozen=True)
class Axis:
    """low, high: the values at both ends. ticks: value and text."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]

    def at(self, value: float) -> float:
        """Returns the place of a value in percent of the axis, within the axis."""
        share = 100 * (value - self.low) / (self.high - self.low)
        return round(min(100.0, max(0.0, share)), 2)

    @property
    def marks(self) -> list[tuple[float, str, str]]:
        """Returns place, text and anchor of each tick: the texts at both ends stay within the axis."""
        anchors = {self.low: "start", self.high: "end"}
        return [(self.at(value), text, anchors.get(value, "middle")) for value, text in self.ticks]


PERCENT = Axis(0, 100, ((0, "0"), (25, "25"), (50, "50"), (75, "75"), (100, "100 %")))


@dataclass(frozen=True)
class Line:
    """A horizontal line from one place to another, in percent of the axis. kind: a CSS class."""

    kind: str
    start: float
    end: float


@dataclass(frozen=True)
class Point:
    """A symbol at a place in percent of the axis. kind: a CSS class. shape: circle, ring, diamond, tick or arrows."""

    kind: str
    shape: str
    at: float


@dataclass(frozen=True)
class Segment:
    """A piece of a bar. text: printed inside where it fits."""

    kind: str
    start: float
    width: float
    text: str = ""

    @property
    def middle(self) -> float:
        return round(self.start + self.width / 2, 2)


@dataclass(frozen=True)
class Strip:
    lines: tuple[Line, ...] = ()
    points: tuple[Point, ...] = ()
    segments: tuple[Segment, ...] = ()


def dumbbell_strip(row: DumbbellRow, axis: Axis) -> Strip:
    """The strip of a pair: the gap, the intervals, published figures, then belief and evidence on top. A bound has an
    arrow instead of its symbol, and no gap is drawn to it. Beside values of an organisation, the others are hollow."""
    lines: list[Line] = []
    if row.belief and row.evidence and not (row.belief.bound or row.evidence.bound):
        lines.append(Line("gap", *sorted((axis.at(row.belief.value), axis.at(row.evidence.value)))))
    for kind, dot in (("evidence", row.evidence), ("belief", row.belief)):
        if dot is not None and dot.low is not None and dot.high is not None:
            lines.append(Line(f"interval {kind}", axis.at(dot.low), axis.at(dot.high)))
    points = [
        Point("published" if mark.is_close else "published loose", "tick", axis.at(mark.value))
        for mark in row.marks
    ]
    has_own = row.own_belief is not None or row.own_evidence is not None
    points += [
        Point(kind, _shape(dot, shape), axis.at(dot.value))
        for kind, dot, shape in (
            ("evidence", row.evidence, "hollow" if has_own else "diamond"),
            ("belief", row.belief, "ring"),
            ("own evidence", row.own_evidence, "diamond"),
            ("own belief", row.own_belief, "circle"),
        )
        if dot is not None
    ]
    return Strip(tuple(lines), tuple(points))


def _shape(dot: Dot, shape: str) -> str:
    return {"at_most": "arrow-left", "at_least": "arrow-right"}.get(dot.bound, shape)


@dataclass(frozen=True)
class Share:
    """One part of a bar. value: percent; None where it is withheld. bound: at_most or at_least. text: with its unit."""

    kind: str
    value: float | None
    bound: str
    text: str


def stacked_strip(shares: Sequence[Share]) -> Strip:
    """The strip of a distribution. Exact parts have their length. Parts that are ranges have no exact length: they
    share one hatched piece. A withheld part leaves the bar open at its end."""
    segments, start = [], 0.0
    for share in shares:
        if share.value is None or share.bound:
            continue
        segments.append(Segment(share.kind, round(start, 2), round(share.value, 2), share.text))
        start += share.value
    ranges = [share for share in shares if share.value is not None and share.bound]
    if ranges and not any(share.value is None for share in shares):
        segments.append(Segment("range", round(start, 2), round(max(SMALLEST_VISIBLE, 100 - start), 2)))
    return Strip(segments=tuple(segments))


def change_strip(then: float, now: float, axis: Axis) -> Strip:
    """The strip of a change: an open circle then, a line, and a full circle now."""
    places = axis.at(then), axis.at(now)
    line = Line("moved", *sorted(places))
    return Strip((line,), (Point("then", "ring", places[0]), Point("now", "circle", places[1])))


def published_strip(own: Dot | None, published: Sequence[tuple[float, bool]], axis: Axis) -> Strip:
    """The strip of a number beside published figures. published: their values, and whether each is compared like for
    like."""
    points = [
        Point("published" if is_close else "published loose", "tick", axis.at(value))
        for value, is_close in published
    ]
    if own is None:
        return Strip(points=tuple(points))
    lines: tuple[Line, ...] = ()
    if own.low is not None and own.high is not None:
        lines = (Line("interval evidence", axis.at(own.low), axis.at(own.high)),)
    return Strip(lines, (*points, Point("evidence", _shape(own, "diamond"), axis.at(own.value))))
