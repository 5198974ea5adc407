"""Validates one chart of each kind with plotly. Charts are plain dicts, so that requests need no validation."""

import re
from typing import Any

import plotly.graph_objects as go
import pytest

from posture.charts.diverging import ScaleRow, diverging
from posture.charts.dumbbell import BenchmarkMark, Dot, DumbbellRow, dumbbell
from posture.charts.forest import BenchmarkTick, ForestRow, forest
from posture.charts.layout import Spec
from posture.charts.shares import ShareRow, ShareSeries, dots, stacked_shares
from posture.charts.trend import TrendPoint, TrendSeries, trend

VARIABLE = re.compile(r"^--[a-z0-9-]+$")
SERIES = [ShareSeries("Over", "--over"), ShareSeries("Under", "--under")]
SHARES = [
    ShareRow("a", (30.0, None), ("30 %", "[c]"), ("/a/", "")),
    ShareRow("b", (0.0, 100.0), ("0 %", "100 %"), ("", "")),
]
DOT = Dot(70, 60, 80, "70 %")
SPECS = {
    "dumbbell": dumbbell(
        [DumbbellRow("a", DOT, Dot(40, None, None, "40 %"), (BenchmarkMark(50, "x", True),))], x_title="x"
    ),
    "stacked shares": stacked_shares(SHARES, SERIES, x_title="x"),
    "dots": dots(SHARES, SERIES, x_title="x"),
    "forest": forest(
        [
            ForestRow("a", 50.0, 40.0, 60.0, "50 %", "120", ticks=(BenchmarkTick(40.0, "published", True),)),
            ForestRow("b", None, None, None, "", "0"),
        ],
        x_title="x",
        x_range=(0, 100),
        line_at=50.0,
    ),
    "diverging": diverging(
        [
            ScaleRow("a", (10.0, 20.0, 30.0, 25.0, 15.0), (4.0,), "120"),
            ScaleRow("b", (None,) * 5, (None,), "0"),
        ],
        scale_labels=["1", "2", "3", "4", "5"],
        other_labels=["Don't know"],
        x_title="x",
    ),
    "trend": trend(
        [
            TrendSeries(
                "a", (TrendPoint(10.0, 5.0, 15.0, "10 %"), TrendPoint(None, None, None, "", breaks=True))
            )
        ],
        waves=["1", "2"],
        y_title="y",
        y_range=(0, 100),
    ),
}


def with_colours(value: Any) -> Any:
    """Replaces names of colours by colours, as our page does."""
    if isinstance(value, dict):
        return {key: with_colours(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_colours(item) for item in value]
    return "#336699" if isinstance(value, str) and VARIABLE.match(value) else value


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
def test_plotly_accepts_the_chart(spec: Spec) -> None:
    assert spec["data"]
    go.Figure(with_colours(spec))


def test_plotly_refuses_a_part_that_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="Invalid property"):
        go.Figure({"data": [{"type": "scatter", "colour": "red"}]})
