"""The chart of points with intervals, one row each, with bases at the right end and benchmarks as ticks."""

from dataclasses import dataclass

from posture.charts.layout import Spec, rows_layout

PLAIN, FAINT = "plain", "faint"
ROW_PIXELS = 46
NAMES = {PLAIN: "Releasable", FAINT: "Not releasable or small base"}


@dataclass(frozen=True)
class BenchmarkTick:
    value: float
    text: str
    is_base_known: bool


@dataclass(frozen=True)
class ForestRow:
    """A row of the chart. value None: the base is empty. side_text: text at the right end, such as the base."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    text: str
    side_text: str
    tone: str = PLAIN
    ticks: tuple[BenchmarkTick, ...] = ()
    is_heading: bool = False


def heading(label: str) -> ForestRow:
    """A row that names the rows below it."""
    return ForestRow(label, None, None, None, "", "", is_heading=True)


def forest(
    rows: list[ForestRow],
    *,
    x_title: str,
    x_range: tuple[float, float],
    suffix: str = " %",
    line_at: float | None = None,
) -> Spec:
    traces = [_points(rows, PLAIN), _points(rows, FAINT), _ticks(rows, True), _ticks(rows, False)]
    traces = [trace for trace in traces if trace["x"]]
    margin = 0.02 * (x_range[1] - x_range[0])
    layout = rows_layout(
        [row.label for row in rows],
        x_title=x_title,
        x_range=[x_range[0] - margin, x_range[1] + margin],
        suffix=suffix,
        entries=len(traces),
        row_pixels=ROW_PIXELS,
    )
    for row, label in zip(rows, layout["annotations"], strict=True):
        label["font"] = label["font"] | {"weight": 600 if row.is_heading else 400}
    layout["annotations"] += [
        _side_text(row.side_text, position) for position, row in enumerate(rows) if row.side_text
    ]
    layout["legend"]["entrywidth"] = 190
    if line_at is not None:
        layout["shapes"] = [_vertical_line(line_at)]
    return {"data": traces, "layout": layout}


def _points(rows: list[ForestRow], tone: str) -> Spec:
    rows_with_value = [
        (position, row) for position, row in enumerate(rows) if row.value is not None and row.tone == tone
    ]
    color = "--evidence" if tone == PLAIN else "--no-evidence"
    return {
        "type": "scatter",
        "mode": "markers",
        "name": NAMES[tone],
        "x": [row.value for _, row in rows_with_value],
        "y": [position for position, _ in rows_with_value],
        "text": [row.text for _, row in rows_with_value],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {
            "symbol": "circle" if tone == PLAIN else "circle-open",
            "size": 11,
            "color": color,
            "line": {"width": 2, "color": color},
        },
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [_distance(row.high, row.value) for _, row in rows_with_value],
            "arrayminus": [_distance(row.value, row.low) for _, row in rows_with_value],
            "color": color,
            "thickness": 1.5,
            "width": 3,
        },
    }


def _distance(upper: float | None, lower: float | None) -> float:
    return 0 if upper is None or lower is None else upper - lower


def _ticks(rows: list[ForestRow], is_base_known: bool) -> Spec:
    row_ticks = [
        (position, tick)
        for position, row in enumerate(rows)
        for tick in row.ticks
        if tick.is_base_known is is_base_known
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "Published" if is_base_known else "Published, base unknown",
        "x": [tick.value for _, tick in row_ticks],
        "y": [position for position, _ in row_ticks],
        "text": [tick.text for _, tick in row_ticks],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {
            "symbol": "line-ns" if is_base_known else "diamond-tall-open",
            "size": 18 if is_base_known else 12,
            "color": "--published",
            "line": {"width": 3 if is_base_known else 1.5, "color": "--published"},
        },
    }


def _side_text(text: str, position: int) -> Spec:
    return {
        "text": text,
        "x": 1,
        "xref": "paper",
        "xanchor": "right",
        "y": position - 0.28,
        "yanchor": "bottom",
        "showarrow": False,
        "bgcolor": "--paper",
        "borderpad": 1,
        "font": {"size": 12, "color": "--ink-soft"},
    }


def _vertical_line(at: float) -> Spec:
    return {
        "type": "line",
        "x0": at,
        "x1": at,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "layer": "below",
        "line": {"color": "--line-strong", "width": 1.5},
    }
