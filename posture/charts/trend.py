"""The chart of a number by wave. Two waves are a change and are joined by a dotted line; only three or more are
called a trend. A line breaks where the question was changed."""

from dataclasses import dataclass

from posture.charts.layout import Spec

HEIGHT = 420
COLORS = ("--evidence", "--belief", "--published", "--under", "--over", "--no-evidence")
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "circle-open", "diamond-open")
FEWEST_FOR_A_TREND = 3


@dataclass(frozen=True)
class Moment:
    """One wave of a series; value None: the base is empty. breaks: the question differs from that of the previous
    wave."""

    value: float | None
    low: float | None
    high: float | None
    text: str
    breaks: bool = False


@dataclass(frozen=True)
class Line:
    label: str
    moments: tuple[Moment, ...]


def trend(
    lines: list[Line], *, waves: list[str], y_title: str, y_range: tuple[float, float], suffix: str = " %"
) -> Spec:
    dash = "solid" if len(waves) >= FEWEST_FOR_A_TREND else "dot"
    traces = [_trace(line, index, len(lines), waves, dash) for index, line in enumerate(lines)]
    return {"data": traces, "layout": _layout(waves, y_title, y_range, suffix, len(lines))}


def _trace(line: Line, index: int, count: int, waves: list[str], dash: str) -> Spec:
    color = COLORS[index % len(COLORS)]
    shift = 0.12 * (index - (count - 1) / 2) / max(1, count - 1)
    x: list[float] = []
    found: list[Moment | None] = []
    for place, moment in enumerate(line.moments):
        if moment.breaks and place:
            x.append(place - 0.5)
            found.append(None)
        x.append(place + shift)
        found.append(moment)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": line.label,
        "x": x,
        "y": [one and one.value for one in found],
        "text": [one.text if one else "" for one in found],
        "hovertemplate": "%{text}<extra></extra>",
        "connectgaps": False,
        "line": {"color": color, "width": 2, "dash": dash},
        "marker": {"symbol": SYMBOLS[index % len(SYMBOLS)], "size": 10, "color": color},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [_reach(one.high, one.value) if one else 0 for one in found],
            "arrayminus": [_reach(one.value, one.low) if one else 0 for one in found],
            "color": color,
            "thickness": 1.2,
            "width": 3,
        },
    }


def _reach(upper: float | None, lower: float | None) -> float:
    return 0 if upper is None or lower is None else upper - lower


def _layout(waves: list[str], y_title: str, y_range: tuple[float, float], suffix: str, lines: int) -> Spec:
    axis = {
        "gridcolor": "--line",
        "linecolor": "--line",
        "zerolinecolor": "--line-strong",
        "fixedrange": True,
    }
    return {
        "height": HEIGHT + 21 * lines,
        "margin": {"l": 56, "r": 16, "t": 12, "b": 60 + 21 * lines},
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
