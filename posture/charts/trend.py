"""The chart of a number by wave. Two waves are a change and are joined by a dotted line; only three or more are
called a trend. A line breaks where the question was changed."""

from dataclasses import dataclass

from posture.charts.layout import Spec

HEIGHT = 420
COLORS = ("--evidence", "--belief", "--published", "--under", "--over", "--no-evidence")
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "circle-open", "diamond-open")
MIN_TREND_WAVES = 3


@dataclass(frozen=True)
class TrendPoint:
    """One wave of a series; value None: the base is empty. breaks: the question differs from that of the previous
    wave."""

    value: float | None
    low: float | None
    high: float | None
    text: str
    breaks: bool = False


@dataclass(frozen=True)
class TrendSeries:
    label: str
    points: tuple[TrendPoint, ...]


def trend(
    series: list[TrendSeries],
    *,
    waves: list[str],
    y_title: str,
    y_range: tuple[float, float],
    suffix: str = " %",
) -> Spec:
    dash = "solid" if len(waves) >= MIN_TREND_WAVES else "dot"
    traces = [_trace(one_series, index, len(series), waves, dash) for index, one_series in enumerate(series)]
    return {"data": traces, "layout": _layout(waves, y_title, y_range, suffix, len(series))}


def _trace(series: TrendSeries, index: int, count: int, waves: list[str], dash: str) -> Spec:
    color = COLORS[index % len(COLORS)]
    shift = 0.12 * (index - (count - 1) / 2) / max(1, count - 1)
    x: list[float] = []
    points: list[TrendPoint | None] = []
    for position, wave_point in enumerate(series.points):
        if wave_point.breaks and position:
            x.append(position - 0.5)
            points.append(None)
        x.append(position + shift)
        points.append(wave_point)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": series.label,
        "x": x,
        "y": [point and point.value for point in points],
        "text": [point.text if point else "" for point in points],
        "hovertemplate": "%{text}<extra></extra>",
        "connectgaps": False,
        "line": {"color": color, "width": 2, "dash": dash},
        "marker": {"symbol": SYMBOLS[index % len(SYMBOLS)], "size": 10, "color": color},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [_distance(point.high, point.value) if point else 0 for point in points],
            "arrayminus": [_distance(point.value, point.low) if point else 0 for point in points],
            "color": color,
            "thickness": 1.2,
            "width": 3,
        },
    }


def _distance(upper: float | None, lower: float | None) -> float:
    return 0 if upper is None or lower is None else upper - lower


def _layout(
    waves: list[str], y_title: str, y_range: tuple[float, float], suffix: str, series_count: int
) -> Spec:
    axis = {
        "gridcolor": "--line",
        "linecolor": "--line",
        "zerolinecolor": "--line-strong",
        "fixedrange": True,
    }
    return {
        "height": HEIGHT + 21 * series_count,
        "margin": {"l": 56, "r": 16, "t": 12, "b": 60 + 21 * series_count},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "--ink", "size": 13},
        "hoverlabel": {"bgcolor": "--paper", "bordercolor": "--line", "font": {"color": "--ink"}},
        "dragmode": False,
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": -0.14, "yanchor": "top", "entrywidth": 260},
        "xaxis": axis
        | {
            "tickvals": list(range(len(waves))),
            "ticktext": list(waves),
            "range": [-0.4, len(waves) - 0.6],
        },
        "yaxis": axis
        | {
            "range": list(y_range),
            "ticksuffix": suffix,
            "title": {"text": y_title, "font": {"size": 12, "color": "--ink-soft"}},
        },
    }
