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
from posture.charts.forest import FAINT, PLAIN, BenchmarkTick, ForestRow, forest, heading
from posture.charts.layout import Spec
from posture.charts.trend import TrendPoint, trend
from posture.charts.trend import TrendSeries as TrendLine
from posture.explorer.choices import ExplorerChoices
from posture.explorer.query import DIVERGING, DUMBBELL, FOREST, TREND
from posture.explorer.table_rows import PERCENTAGES, TableRow
from surveys.instrument.questionnaire_definition import Item

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MAIN_STATISTICS = {PAIR: ("gap",), INDICATOR: ("share", "mean"), ITEM: ("share", "mean")}
MOST_TREND_LINES = 12
INTERVAL_NOTE = lazy("Lines are intervals at the 95 % level. Faint: a small base, or not releasable.")
PAIR_NOTE = lazy("Thin lines are intervals at the 95 % level. The gap and its base are beside the name.")
SCALE_NOTE = lazy("The first answers are on the right; answers outside the scale are shown separately.")
WAVE_NOTE = lazy("Vertical lines are intervals at the 95 % level. Two waves are a change and no trend.")
REQUIREMENTS = {
    DUMBBELL: lazy("This chart compares belief with evidence: choose pairs, or another chart."),
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
    Axis("percent", lazy("Shares and percentages"), lazy("Percent"), (0, 100), " %"),
    Axis(
        "points",
        lazy("Gaps"),
        lazy("Points; above zero the belief is more favourable than the evidence"),
        (-100, 100),
        "",
        0,
    ),
    Axis("bands", lazy("Time bands"), lazy("Bands"), (-8, 8), "", 0),
    Axis("count", lazy("Numbers"), lazy("Number"), None, ""),
)


@dataclass(frozen=True)
class ChartPanel:
    key: str
    heading: str
    note: str
    spec: Spec


@dataclass(frozen=True)
class ChartSelection:
    panels: tuple[ChartPanel, ...]
    requirement: str = ""


TicksBySubject = dict[str, tuple[BenchmarkTick, ...]]


def draw_chart(
    rows: Sequence[TableRow], *, chart: str, choices: ExplorerChoices, ticks: TicksBySubject
) -> ChartSelection:
    """Draws the selected chart. ticks: published figures by the key of the subject. The heat table is not a chart and
    has no panels."""
    builders = {
        FOREST: lambda: _forests(rows, ticks),
        DUMBBELL: lambda: _dumbbells(rows),
        DIVERGING: lambda: _scales(rows, choices),
        TREND: lambda: _trends(rows, choices),
    }
    panels = tuple(builders[chart]()) if chart in builders else ()
    return ChartSelection(panels, "" if panels else str(REQUIREMENTS.get(chart, "")))


def is_main_number(row: TableRow) -> bool:
    """Returns whether the line is the main number of its subject; for items, the share of every answer and the
    mean."""
    return row.statistic in MAIN_STATISTICS[row.subject.partition(":")[0]]


def row_name(row: TableRow) -> str:
    return row.label if not row.group else f"{row.label} · {row.group_label}"


def axis_key(row: TableRow) -> str:
    return "percent" if row.unit in PERCENTAGES else row.unit


def rows_by_axis(rows: Sequence[TableRow]) -> list[tuple[Axis, list[TableRow]]]:
    rows_of_axes = [(axis, [row for row in rows if axis_key(row) == axis.key]) for axis in AXES]
    return [(axis, axis_rows) for axis, axis_rows in rows_of_axes if axis_rows]


def _range(axis: Axis, rows: Sequence[TableRow]) -> tuple[float, float]:
    if axis.range is not None:
        return axis.range
    return 0, max([row.high or row.value or 0 for row in rows], default=1) or 1


def _forests(rows: Sequence[TableRow], ticks: TicksBySubject) -> list[ChartPanel]:
    return [
        ChartPanel(
            axis.key,
            str(axis.heading),
            str(INTERVAL_NOTE),
            forest(
                _forest_rows(axis_rows, ticks),
                x_title=str(axis.title),
                x_range=_range(axis, axis_rows),
                suffix=axis.suffix,
                line_at=axis.line_at,
            ),
        )
        for axis, axis_rows in rows_by_axis([row for row in rows if is_main_number(row)])
    ]


def _forest_rows(rows: Sequence[TableRow], ticks: TicksBySubject) -> list[ForestRow]:
    """Returns each number as a heading with its groups below; without groups only the numbers."""
    forest_rows: list[ForestRow] = []
    for label, members in groupby(rows, key=lambda row: row.label):
        label_rows = list(members)
        if any(row.group for row in label_rows):
            forest_rows.append(heading(label))
        forest_rows += [_forest_row(row, ticks) for row in label_rows]
    return forest_rows


def _forest_row(row: TableRow, ticks: TicksBySubject) -> ForestRow:
    hover = f"{row_name(row)}: {row.text}" + (f" ({row.interval})" if row.interval else "")
    description = ", ".join(filter(None, (hover, row.base_words, row.releasability_text, row.mark_words)))
    return ForestRow(
        label=row.group_label if row.group else row.label,
        value=row.on_axis(row.value),
        low=row.on_axis(row.low),
        high=row.on_axis(row.high),
        text=description,
        side_text=f"{row.mark} {row.base_words}".strip(),
        tone=FAINT if row.is_faint else PLAIN,
        ticks=ticks.get(row.subject, ()) if row.unit in PERCENTAGES else (),
    )


def _dumbbells(rows: Sequence[TableRow]) -> list[ChartPanel]:
    values_by_pair: dict[tuple[str, str], dict[str, TableRow]] = {}
    for row in rows:
        if row.statistic in ("belief", "evidence", "gap"):
            values_by_pair.setdefault((row.subject, row.group_label), {})[row.statistic] = row
    panels = []
    for axis in (candidate for candidate in AXES if candidate.key in ("percent", "bands")):
        axis_pairs = [
            pair
            for pair in values_by_pair.values()
            if "belief" in pair and axis_key(pair["belief"]) == axis.key
        ]
        if axis_pairs:
            x_range = (1, 8) if axis.key == "bands" else (0, 100)
            dumbbell_rows = [_dumbbell_row(pair) for pair in axis_pairs]
            panels.append(
                ChartPanel(
                    axis.key,
                    str(axis.heading),
                    str(PAIR_NOTE),
                    dumbbell(dumbbell_rows, x_title=str(axis.title), x_range=x_range, suffix=axis.suffix),
                )
            )
    return panels


def _dumbbell_row(pair: dict[str, TableRow]) -> DumbbellRow:
    gap = pair.get("gap", pair["belief"])
    return DumbbellRow(
        f"{row_name(gap)}   {gap.text}, {gap.base_words}", _dot(pair["belief"]), _dot(pair["evidence"])
    )


def _dot(row: TableRow) -> Dot | None:
    value = row.on_axis(row.value)
    if value is None:
        return None
    text = f"{row.statistic.capitalize()}: {row.text} ({row.interval}), {row.base_words}"
    return Dot(value, row.on_axis(row.low), row.on_axis(row.high), text)


def _scales(rows: Sequence[TableRow], choices: ExplorerChoices) -> list[ChartPanel]:
    panels = []
    for item in choices.questionnaire.core_items:
        item_rows = [row for row in rows if row.subject == f"{ITEM}:{item.code}" and row.statistic == "share"]
        if item_rows and item.type in ("single", "scale", "yes_no"):
            panels.append(
                ChartPanel(
                    f"scale-{item.code.lower()}",
                    f"{item.code}: {item.wording}",
                    str(SCALE_NOTE),
                    _scale(item, item_rows),
                )
            )
    return panels


def _scale(item: Item, rows: Sequence[TableRow]) -> Spec:
    scale_options = [option for option in item.options if option.is_substantive]
    other_options = [
        option for option in item.options if not option.is_substantive and option.meaning != "not_applicable"
    ]
    rows_of_groups: dict[str, dict[str, TableRow]] = {}
    for row in rows:
        rows_of_groups.setdefault(row.group_label, {})[row.option] = row
    scale_rows = [
        ScaleRow(
            label,
            tuple(
                row_of_option[option.code].on_axis(row_of_option[option.code].value)
                for option in scale_options
            ),
            tuple(
                row_of_option[option.code].on_axis(row_of_option[option.code].value)
                for option in other_options
            ),
            next(iter(row_of_option.values())).base_words,
        )
        for label, row_of_option in rows_of_groups.items()
    ]
    return diverging(
        scale_rows,
        scale_labels=[option.label for option in scale_options],
        other_labels=[option.label for option in other_options],
        x_title=_("Percent of those who answered; other answers apart"),
    )


def _trends(rows: Sequence[TableRow], choices: ExplorerChoices) -> list[ChartPanel]:
    waves = choices.break_by(WAVE).labels
    if len(waves) < 2:
        return []
    panels = []
    for axis, axis_rows in rows_by_axis(
        [row for row in rows if is_main_number(row) and WAVE in dict(row.group)]
    ):
        series: dict[str, dict[str, TableRow]] = {}
        for row in axis_rows:
            other_breaks = tuple(group_break for group_break in row.group if group_break[0] != WAVE)
            series_name = ", ".join(
                choices.break_by(name).labels.get(code, code) for name, code in other_breaks
            )
            series.setdefault(" · ".join(filter(None, (row.label, series_name))), {})[
                dict(row.group)[WAVE]
            ] = row
        waves_with_rows = [
            slug for slug in waves if any(slug in row_of_wave for row_of_wave in series.values())
        ]
        trend_series = [
            TrendLine(name, tuple(_trend_point(row_of_wave.get(slug)) for slug in waves_with_rows))
            for name, row_of_wave in list(series.items())[:MOST_TREND_LINES]
        ]
        spec = trend(
            trend_series,
            waves=[waves[slug] for slug in waves_with_rows],
            y_title=str(axis.title),
            y_range=_rounded_range(axis, axis_rows),
            suffix=axis.suffix,
        )
        panels.append(ChartPanel(axis.key, str(axis.heading), str(WAVE_NOTE), spec))
    return panels


def _rounded_range(axis: Axis, rows: Sequence[TableRow]) -> tuple[float, float]:
    """Returns the range of the axis that the intervals need, in whole steps. A range that starts at zero stays
    complete."""
    low, high = _range(axis, rows)
    if low >= 0:
        return low, high
    limits = [limit for row in rows for limit in (row.low, row.high, row.value) if limit is not None]
    step = high / 4
    return (
        max(low, step * math.floor(min(limits, default=low) / step)),
        min(high, step * math.ceil(max(limits, default=high) / step)),
    )


def _trend_point(row: TableRow | None) -> TrendPoint:
    if row is None:
        return TrendPoint(None, None, None, "")
    text = f"{row_name(row)}: {row.text} ({row.interval}), {row.base_words}"
    return TrendPoint(row.on_axis(row.value), row.on_axis(row.low), row.on_axis(row.high), text)
