"""Draws charts of a table of lines. A chart that cannot draw the selection states what it needs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.analysis.cubes.frame import WAVE
from posture.analysis.estimates.cells import INDICATOR, ITEM, PAIR
from posture.charts.diverging import ScaleRow, diverging
from posture.charts.dumbbell import Dot, DumbbellRow, dumbbell
from posture.charts.forest import FAINT, PLAIN, ForestRow, Tick, forest, heading
from posture.charts.layout import Spec
from posture.charts.trend import Line as TrendLine
from posture.charts.trend import Moment, trend
from posture.explorer.choices import Offer
from posture.explorer.query import DIVERGING, DUMBBELL, FOREST, TREND
from posture.explorer.table_rows import PERCENTAGES, Line
from surveys.instrument.questionnaire_definition import Item

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MAIN = {PAIR: ("gap",), INDICATOR: ("share", "mean"), ITEM: ("share", "mean")}
MOST_TREND_LINES = 12
INTERVALS = lazy("Lines are intervals at the 95 % level. Faint: a small base, or not releasable.")
HALVES = lazy("Thin lines are intervals at the 95 % level. The gap and its base stand beside the name.")
SCALES = lazy("The first answers stand to the right; who gave no place on the scale stands apart.")
MOMENTS = lazy("Vertical lines are intervals at the 95 % level. Two waves are a change and no trend.")
NEEDS = {
    DUMBBELL: lazy("This chart sets belief against evidence: choose pairs, or another chart."),
    DIVERGING: lazy(
        "This chart shows answers on a scale: choose items with single answers, or another chart."
    ),
    TREND: lazy("This chart needs two waves or more of this questionnaire."),
}


@dataclass(frozen=True)
class Axis:
    key: str
    heading: "StrOrPromise"
    title: "StrOrPromise"
    range: tuple[float, float] | None
    suffix: str
    line_at: float | None = None


AXES = (
    Axis("percent", lazy("Shares and percentages"), "Percent", (0, 100), " %"),
    Axis("points", "Gaps", lazy("Points; above zero belief is rosier than the evidence"), (-100, 100), "", 0),
    Axis("bands", lazy("Time bands"), "Bands", (-8, 8), "", 0),
    Axis("count", "Numbers", "Number", None, ""),
)


@dataclass(frozen=True)
class Panel:
    key: str
    heading: str
    note: str
    spec: Spec


@dataclass(frozen=True)
class Drawing:
    panels: tuple[Panel, ...]
    needs: str = ""


Ticks = dict[str, tuple[Tick, ...]]


def drawing(lines: Sequence[Line], *, chart: str, offer: Offer, ticks: Ticks) -> Drawing:
    """Draws the selected chart. ticks: published figures by the key of the subject. The heat table is not a chart and
    has no panels."""
    makers = {
        FOREST: lambda: _forests(lines, ticks),
        DUMBBELL: lambda: _dumbbells(lines),
        DIVERGING: lambda: _scales(lines, offer),
        TREND: lambda: _trends(lines, offer),
    }
    panels = tuple(makers[chart]()) if chart in makers else ()
    return Drawing(panels, "" if panels else str(NEEDS.get(chart, "")))


def is_main(line: Line) -> bool:
    """Returns whether the line is the main number of its subject; for items, the share of every answer and the
    mean."""
    return line.statistic in MAIN[line.subject.partition(":")[0]]


def name_of(line: Line) -> str:
    return line.label if not line.group else f"{line.label} · {line.group_label}"


def axis_of(line: Line) -> str:
    return "percent" if line.unit in PERCENTAGES else line.unit


def by_axis(lines: Sequence[Line]) -> list[tuple[Axis, list[Line]]]:
    found = [(axis, [line for line in lines if axis_of(line) == axis.key]) for axis in AXES]
    return [(axis, here) for axis, here in found if here]


def _range(axis: Axis, lines: Sequence[Line]) -> tuple[float, float]:
    if axis.range is not None:
        return axis.range
    return 0, max([line.high or line.value or 0 for line in lines], default=1) or 1


def _forests(lines: Sequence[Line], ticks: Ticks) -> list[Panel]:
    return [
        Panel(
            axis.key,
            str(axis.heading),
            str(INTERVALS),
            forest(
                _forest_rows(here, ticks),
                x_title=str(axis.title),
                x_range=_range(axis, here),
                suffix=axis.suffix,
                line_at=axis.line_at,
            ),
        )
        for axis, here in by_axis([line for line in lines if is_main(line)])
    ]


def _forest_rows(lines: Sequence[Line], ticks: Ticks) -> list[ForestRow]:
    """Returns each number as a heading with its groups below; without groups only the numbers."""
    rows: list[ForestRow] = []
    for label, members in groupby(lines, key=lambda line: line.label):
        here = list(members)
        if any(line.group for line in here):
            rows.append(heading(label))
        rows += [_forest_row(line, ticks) for line in here]
    return rows


def _forest_row(line: Line, ticks: Ticks) -> ForestRow:
    hover = f"{name_of(line)}: {line.text}" + (f" ({line.interval})" if line.interval else "")
    words = ", ".join(filter(None, (hover, line.base_words, line.standing, line.mark_words)))
    return ForestRow(
        label=line.group_label if line.group else line.label,
        value=line.on_axis(line.value),
        low=line.on_axis(line.low),
        high=line.on_axis(line.high),
        text=words,
        beside=f"{line.mark} {line.base_words}".strip(),
        tone=FAINT if line.is_faint else PLAIN,
        ticks=ticks.get(line.subject, ()) if line.unit in PERCENTAGES else (),
    )


def _dumbbells(lines: Sequence[Line]) -> list[Panel]:
    halves: dict[tuple[str, str], dict[str, Line]] = {}
    for line in lines:
        if line.statistic in ("belief", "evidence", "gap"):
            halves.setdefault((line.subject, line.group_label), {})[line.statistic] = line
    panels = []
    for axis in (one for one in AXES if one.key in ("percent", "bands")):
        here = [pair for pair in halves.values() if "belief" in pair and axis_of(pair["belief"]) == axis.key]
        if here:
            x_range = (1, 8) if axis.key == "bands" else (0, 100)
            rows = [_dumbbell_row(pair) for pair in here]
            panels.append(
                Panel(
                    axis.key,
                    str(axis.heading),
                    str(HALVES),
                    dumbbell(rows, x_title=str(axis.title), x_range=x_range, suffix=axis.suffix),
                )
            )
    return panels


def _dumbbell_row(pair: dict[str, Line]) -> DumbbellRow:
    gap = pair.get("gap", pair["belief"])
    return DumbbellRow(
        f"{name_of(gap)}   {gap.text}, {gap.base_words}", _dot(pair["belief"]), _dot(pair["evidence"])
    )


def _dot(line: Line) -> Dot | None:
    value = line.on_axis(line.value)
    if value is None:
        return None
    text = f"{line.statistic.capitalize()}: {line.text} ({line.interval}), {line.base_words}"
    return Dot(value, line.on_axis(line.low), line.on_axis(line.high), text)


def _scales(lines: Sequence[Line], offer: Offer) -> list[Panel]:
    panels = []
    for item in offer.questionnaire.core_items:
        here = [line for line in lines if line.subject == f"{ITEM}:{item.code}" and line.statistic == "share"]
        if here and item.type in ("single", "scale", "yes_no"):
            panels.append(
                Panel(
                    f"scale-{item.code.lower()}",
                    f"{item.code}: {item.wording}",
                    str(SCALES),
                    _scale(item, here),
                )
            )
    return panels


def _scale(item: Item, lines: Sequence[Line]) -> Spec:
    places = [option for option in item.options if option.is_substantive]
    apart = [
        option for option in item.options if not option.is_substantive and option.meaning != "not_applicable"
    ]
    groups: dict[str, dict[str, Line]] = {}
    for line in lines:
        groups.setdefault(line.group_label, {})[line.option] = line
    rows = [
        ScaleRow(
            label,
            tuple(found[option.code].on_axis(found[option.code].value) for option in places),
            tuple(found[option.code].on_axis(found[option.code].value) for option in apart),
            next(iter(found.values())).base_words,
        )
        for label, found in groups.items()
    ]
    return diverging(
        rows,
        places=[option.label for option in places],
        apart=[option.label for option in apart],
        x_title=_("Percent of those who answered; other answers apart"),
    )


def _trends(lines: Sequence[Line], offer: Offer) -> list[Panel]:
    waves = offer.break_by(WAVE).labels
    if len(waves) < 2:
        return []
    panels = []
    for axis, here in by_axis([line for line in lines if is_main(line) and WAVE in dict(line.group)]):
        series: dict[str, dict[str, Line]] = {}
        for line in here:
            rest = tuple(part for part in line.group if part[0] != WAVE)
            words = ", ".join(offer.break_by(name).labels.get(code, code) for name, code in rest)
            series.setdefault(" · ".join(filter(None, (line.label, words))), {})[dict(line.group)[WAVE]] = (
                line
            )
        known = [slug for slug in waves if any(slug in found for found in series.values())]
        drawn = [
            TrendLine(name, tuple(_moment(found.get(slug)) for slug in known))
            for name, found in list(series.items())[:MOST_TREND_LINES]
        ]
        spec = trend(
            drawn,
            waves=[waves[slug] for slug in known],
            y_title=str(axis.title),
            y_range=_span(axis, here),
            suffix=axis.suffix,
        )
        panels.append(Panel(axis.key, str(axis.heading), str(MOMENTS), spec))
    return panels


def _span(axis: Axis, lines: Sequence[Line]) -> tuple[float, float]:
    """Returns the range of the axis that the intervals need, in whole steps. A range that starts at zero stays
    complete."""
    low, high = _range(axis, lines)
    if low >= 0:
        return low, high
    ends = [end for line in lines for end in (line.low, line.high, line.value) if end is not None]
    step = high / 4
    return (
        max(low, step * math.floor(min(ends, default=low) / step)),
        min(high, step * math.ceil(max(ends, default=high) / step)),
    )


def _moment(line: Line | None) -> Moment:
    if line is None:
        return Moment(None, None, None, "")
    text = f"{name_of(line)}: {line.text} ({line.interval}), {line.base_words}"
    return Moment(line.on_axis(line.value), line.on_axis(line.low), line.on_axis(line.high), text)
