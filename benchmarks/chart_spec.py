"""Benchmark of building a chart as JSON: the product's builder and encoder compared with `plotly.graph_objects`. The
chart has 12 series of 40 points each, with intervals."""

import json
import re
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import plotly.graph_objects as go

from benchmarks.protocol import Call, Candidate, race, times
from benchmarks.report import Verdict
from posture.charts.script import as_json
from posture.charts.trend import TrendPoint, TrendSeries, trend

SERIES, POINTS = 12, 40
PRODUCT, PLOTLY = "Posture", "plotly.graph_objects"
TIMES_FASTER = 50
CALLS = 40
VARIABLE = re.compile(r"^--[a-z-]+$")


def lines() -> list[TrendSeries]:
    series_values = np.random.default_rng(1).uniform(10, 90, (SERIES, POINTS)).tolist()
    return [
        TrendSeries(
            f"Series {number}",
            tuple(TrendPoint(value, value - 5, value + 5, f"{value:.0f} % of 120") for value in values),
        )
        for number, values in enumerate(series_values)
    ]


def spec() -> dict[str, Any]:
    waves = [f"Wave {number}" for number in range(POINTS)]
    return trend(lines(), waves=waves, y_title="Share of organisations", y_range=(0, 100))


def coloured(part: Any) -> Any:
    """Replaces the names of colours, which the page resolves, by colours, which plotly requires."""
    if isinstance(part, dict):
        return {key: coloured(value) for key, value in part.items()}
    if isinstance(part, list):
        return [coloured(value) for value in part]
    return "#336699" if isinstance(part, str) and VARIABLE.match(part) else part


def prepare_product(series: list[TrendSeries]) -> Call:
    waves = [f"Wave {number}" for number in range(POINTS)]
    return lambda: as_json(trend(series, waves=waves, y_title="Share of organisations", y_range=(0, 100)))


def prepare_plotly(figure: dict[str, Any]) -> Call:
    def call() -> str:
        traces = [go.Scatter(**trace) for trace in figure["data"]]
        layout = go.Layout(**figure["layout"])
        return go.Figure(data=traces, layout=layout).to_json()

    return call


def check_same_chart(first: str, other: str) -> None:
    """Compares all traces and the layout keys that the product sets; plotly adds its default template to the
    layout."""
    product_chart, plotly_chart = coloured(json.loads(first)), json.loads(other)
    if first == other:
        return
    for product_trace, plotly_trace in zip(product_chart["data"], plotly_chart["data"], strict=True):
        for key, value in product_trace.items():
            if key not in ("x", "y", "error_y"):
                assert plotly_trace[key] == value, key
    assert product_chart["layout"].items() <= plotly_chart["layout"].items()


def main(sizes: Sequence[int]) -> list[Verdict]:
    """Runs the benchmark once, because it does not depend on the number of respondents."""
    print(f"\n### A chart of {SERIES} series with {POINTS} points and their intervals, as JSON", flush=True)
    timings = race(
        [
            Candidate(PRODUCT, partial(prepare_product, lines())),
            Candidate(PLOTLY, partial(prepare_plotly, coloured(spec()))),
        ],
        compare=check_same_chart,
        calls=CALLS,
    )
    print(times(timings, baseline=PRODUCT), flush=True)
    ratio = timings[PRODUCT].median / timings[PLOTLY].median
    return [Verdict(f"a chart's JSON, of the time of {PLOTLY}", ratio, 1 / TIMES_FASTER)]
