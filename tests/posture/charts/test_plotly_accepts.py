"""Validates one chart of each kind with plotly. Charts are plain dicts, so that requests need no validation."""

import re
from typing import Any

import plotly.graph_objects as go
import pytest

from posture.charts.calibration import Span, calibration
from posture.charts.diverging import ScaleRow, diverging
from posture.charts.dumbbell import Dot, DumbbellRow, Mark, dumbbell
from posture.charts.forest import ForestRow, Tick, forest
from posture.charts.layout import Spec
from posture.charts.shares import Part, ShareRow, dots, stacked_shares
from posture.charts.trend import Line, Moment, trend

VARIABLE = re.compile(r"^--[a-z0-9-]+$")
PARTS = [Part("Over", "--over"), Part("Under", "--under")]
SHARES = [
    ShareRow("a", (30.0, None), ("30 %", "[c]"), ("/a/", "")),
    ShareRow("b", (0.0, 100.0), ("0 %", "100 %"), ("", "")),
]
DOT = Dot(70, 60, 80, "70 %")
SPECS = {
    "dumbbell": dumbbell(
        [DumbbellRow("a", DOT, Dot(40, None, None, "40 %"), (Mark(50, "x", True),))], x_title="x"
    ),
    "stacked shares": stacked_shares(SHARES, PARTS, x_title="x"),
    "dots": dots(SHARES, PARTS, x_title="x"),
    "calibration": calibration(
        [Span(0, 39, DOT), Span(40, 100, DOT)], [Span(0, 39, DOT), Span(100, 100, DOT)]
    ),
    "forest": forest(
        [
            ForestRow("a", 50.0, 40.0, 60.0, "50 %", "120", ticks=(Tick(40.0, "published", True),)),
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
        places=["1", "2", "3", "4", "5"],
        apart=["Don't know"],
        x_title="x",
    ),
    "trend": trend(
        [Line("a", (Moment(10.0, 5.0, 15.0, "10 %"), Moment(None, None, None, "", breaks=True)))],
        waves=["1", "2"],
        y_title="y",
        y_range=(0, 100),
    ),
}


def coloured(part: Any) -> Any:
    """Replaces names of colours by colours, as our page does."""
    if isinstance(part, dict):
        return {key: coloured(value) for key, value in part.items()}
    if isinstance(part, list):
        return [coloured(value) for value in part]
    return "#336699" if isinstance(part, str) and VARIABLE.match(part) else part


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
def test_plotly_accepts_the_chart(spec: Spec) -> None:
    assert spec["data"]
    go.Figure(coloured(spec))


def test_plotly_refuses_a_part_that_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="Invalid property"):
        go.Figure({"data": [{"type": "scatter", "colour": "red"}]})
