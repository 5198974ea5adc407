"""Tests the charts of the explorer: plain data that Plotly accepts, and no mark where a base is empty."""

import json

import pytest
from plotly import graph_objects

from posture.charts.diverging import OTHER_ANSWERS_START, ScaleRow, diverging
from posture.charts.forest import FAINT, BenchmarkTick, ForestRow, forest
from posture.charts.layout import Spec
from posture.charts.script import as_json
from posture.charts.trend import TrendPoint, TrendSeries, trend

MARKUP_TEXT = "<b>x</b>"
TICKS = (BenchmarkTick(82.0, MARKUP_TEXT, True), BenchmarkTick(21.0, "?", False))
FOREST = forest(
    [
        ForestRow(MARKUP_TEXT, 40.0, 30.0, 55.0, MARKUP_TEXT, "base 60", ticks=TICKS),
        ForestRow("small", 10.0, None, None, "10 %", "base 4", FAINT),
        ForestRow("empty", None, None, None, "–", "base 0"),
    ],
    x_title="Percent",
    x_range=(0, 100),
    line_at=50,
)  # fmt: skip
SCALE = diverging(
    [ScaleRow("all", (10.0, 20.0, 40.0, 20.0, 10.0), (30.0, 20.0), "base 50")],
    scale_labels=["very", "rather", MARKUP_TEXT, "little", "not"],
    other_labels=["don't know", "no record"],
    x_title="Percent",
)
MOMENTS = (
    TrendPoint(1.0, 0.5, 2.0, MARKUP_TEXT),
    TrendPoint(None, None, None, ""),
    TrendPoint(3.0, 2.0, 4.0, "", breaks=True),
)
TREND = trend(
    [TrendSeries(MARKUP_TEXT, MOMENTS)],
    waves=["first", "second", "third"],
    y_title="Percent",
    y_range=(0, 100),
)


@pytest.mark.parametrize("spec", [FOREST, SCALE, TREND], ids=["forest", "diverging", "trend"])
def test_a_chart_is_plain_data_that_plotly_accepts(spec: Spec) -> None:
    text = json.dumps(spec, allow_nan=False)
    assert json.loads(text) == spec
    assert "<b>" not in json.dumps(json.loads(as_json(spec)))
    assert {trace["type"] for trace in spec["data"]} <= {"scatter", "bar"}, (
        "WebGL needs what our policy forbids"
    )
    graph_objects.Figure(_without_colours(spec))


def _without_colours(value: object) -> object:
    """Replaces names of CSS variables by a colour that Plotly knows."""
    if isinstance(value, dict):
        return {key: _without_colours(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_colours(item) for item in value]
    return "#123456" if isinstance(value, str) and value.startswith("--") else value


def test_a_forest_marks_numbers_that_are_not_releasable() -> None:
    releasable, not_releasable, with_base, without_base = FOREST["data"]
    assert (releasable["x"], releasable["y"]) == ([40.0], [0])
    assert (releasable["error_x"]["array"], releasable["error_x"]["arrayminus"]) == ([15.0], [10.0])
    assert (not_releasable["x"], not_releasable["marker"]["symbol"]) == ([10.0], "circle-open")
    assert not_releasable["error_x"]["array"] == [0], "no interval is made up"
    assert (with_base["x"], without_base["x"]) == ([82.0], [21.0])
    assert FOREST["layout"]["shapes"][0]["x0"] == 50


def test_a_scale_diverges_from_its_middle_and_shows_other_answers_separately() -> None:
    bars = {(bar["name"], bar["x"][0]) for bar in SCALE["data"]}
    assert ("very", 10.0) in bars
    assert ("rather", 20.0) in bars
    assert {(MARKUP_TEXT, 20.0), (MARKUP_TEXT, -20.0)} <= bars, "the middle is split"
    assert ("little", -20.0) in bars
    assert ("not", -10.0) in bars
    other_answer_bars = [bar for bar in SCALE["data"] if "base" in bar]
    assert other_answer_bars[0]["base"] == [OTHER_ANSWERS_START]
    assert other_answer_bars[1]["base"] == [OTHER_ANSWERS_START + 0.38 * 30]


def test_an_even_scale_has_no_middle() -> None:
    spec = diverging(
        [ScaleRow("a", (60.0, 40.0), (), "base 5")],
        scale_labels=["yes", "no"],
        other_labels=[],
        x_title="Percent",
    )
    assert [(bar["name"], bar["x"]) for bar in spec["data"]] == [("yes", [60.0]), ("no", [-40.0])]


def test_a_line_breaks_where_the_question_changed_and_where_nobody_answered() -> None:
    (series,) = TREND["data"]
    assert series["y"] == [1.0, None, None, 3.0]
    assert series["line"]["dash"] == "solid"


def test_two_waves_are_a_change_and_no_trend() -> None:
    spec = trend(
        [TrendSeries("a", MOMENTS[:2])], waves=["first", "second"], y_title="Percent", y_range=(0, 100)
    )
    assert spec["data"][0]["line"]["dash"] == "dot"
