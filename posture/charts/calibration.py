"""The chart of stated probabilities against outcomes: a step for each group of forecasts, the line of equality, and
below it the distribution of the forecasts."""

from dataclasses import dataclass

from posture.charts.dumbbell import Dot
from posture.charts.layout import Spec

HEIGHT = 460


@dataclass(frozen=True)
class ProbabilityRange:
    """A range of stated probabilities, 0 to 100, from `low` to `high`; `dot` is its number in percent."""

    low: int
    high: int
    dot: Dot

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2


def calibration(steps: list[ProbabilityRange], bars: list[ProbabilityRange]) -> Spec:
    return {"data": [_agreement(), *_curve(steps), _histogram(bars)], "layout": _layout()}


def _agreement() -> Spec:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "As often as stated",
        "x": [0, 100],
        "y": [0, 100],
        "hoverinfo": "skip",
        "line": {"color": "--line-strong", "width": 1.5, "dash": "dot"},
    }


def _curve(steps: list[ProbabilityRange]) -> list[Spec]:
    x: list[float | None] = []
    y: list[float | None] = []
    for step in steps:
        x += [step.low, step.high, None]
        y += [step.dot.value, step.dot.value, None]
    line: Spec = {
        "type": "scatter",
        "mode": "lines",
        "showlegend": False,
        "x": x,
        "y": y,
        "hoverinfo": "skip",
        "connectgaps": False,
        "line": {"color": "--evidence", "width": 3},
    }
    dots = [step.dot for step in steps]
    points: Spec = {
        "type": "scatter",
        "mode": "markers",
        "name": "Happened",
        "x": [step.middle for step in steps],
        "y": [dot.value for dot in dots],
        "text": [dot.text for dot in dots],
        "customdata": [dot.address for dot in dots],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"symbol": "diamond", "size": 11, "color": "--evidence"},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [0 if dot.high is None else dot.high - dot.value for dot in dots],
            "arrayminus": [0 if dot.low is None else dot.value - dot.low for dot in dots],
            "color": "--evidence",
            "thickness": 1.2,
            "width": 4,
        },
    }
    return [line, points]


def _histogram(bars: list[ProbabilityRange]) -> Spec:
    return {
        "type": "bar",
        "name": "Share of the forecasts",
        "x": [bar.middle for bar in bars],
        "width": [max(bar.high - bar.low, 1) for bar in bars],
        "y": [bar.dot.value for bar in bars],
        "text": [bar.dot.text for bar in bars],
        "textposition": "none",
        "customdata": [bar.dot.address for bar in bars],
        "hovertemplate": "%{text}<extra></extra>",
        "yaxis": "y2",
        "marker": {"color": "--belief"},
    }


def _layout() -> Spec:
    axis: Spec = {
        "gridcolor": "--line",
        "linecolor": "--line",
        "zerolinecolor": "--line-strong",
        "fixedrange": True,
        "ticksuffix": " %",
    }
    small = {"size": 12, "color": "--ink-soft"}
    return {
        "height": HEIGHT,
        "margin": {"l": 62, "r": 16, "t": 56, "b": 48},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "--ink", "size": 13},
        "hoverlabel": {"bgcolor": "--paper", "bordercolor": "--line", "font": {"color": "--ink"}},
        "dragmode": False,
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "xaxis": axis
        | {"range": [-2, 102], "anchor": "y2", "title": {"text": "Stated probability", "font": small}},
        "yaxis": axis
        | {"range": [-2, 102], "domain": [0.3, 1], "title": {"text": "Happened", "font": small}},
        "yaxis2": axis
        | {
            "rangemode": "tozero",
            "nticks": 3,
            "domain": [0, 0.2],
            "title": {"text": "Forecasts", "font": small},
        },
    }
