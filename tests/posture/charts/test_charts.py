"""Tests chart specifications: plain data, no WebGL, no markup from people, no mark for a withheld number."""

import json
from typing import Any

from posture.charts.dumbbell import BenchmarkMark, Dot, DumbbellRow, dumbbell
from posture.charts.script import as_json
from posture.charts.shares import ShareRow, ShareSeries, dots, stacked_shares

MARKUP_TEXT = '<a href="javascript:alert(1)">x</a> & <b>'


def texts(spec: Any) -> list[str]:
    if isinstance(spec, dict):
        return [text for value in spec.values() for text in texts(value)]
    if isinstance(spec, list):
        return [text for value in spec for text in texts(value)]
    return [spec] if isinstance(spec, str) else []


def dumbbell_rows() -> list[DumbbellRow]:
    belief = Dot(70, 60, 80, MARKUP_TEXT)
    return [
        DumbbellRow(
            MARKUP_TEXT,
            belief,
            Dot(40, None, None, "no interval"),
            (BenchmarkMark(50, MARKUP_TEXT, True), BenchmarkMark(20, "x", False)),
        ),
        DumbbellRow("withheld", None, None),
    ]


def test_every_chart_is_plain_data() -> None:
    series = [ShareSeries("Over", "--over"), ShareSeries("Under", "--under")]
    shares = [
        ShareRow(MARKUP_TEXT, (30.0, None), (MARKUP_TEXT, "[c]"), ("/a/", "")),
        ShareRow("zero", (0.0, 100.0), ("0 %", "100 %"), ("/b/", "/c/")),
    ]
    for spec in (
        dumbbell(dumbbell_rows(), x_title="x"),
        stacked_shares(shares, series, x_title="x"),
        dots(shares, series, x_title="x"),
    ):
        assert json.loads(json.dumps(spec, allow_nan=False)) == spec
        assert {trace["type"] for trace in spec["data"]} <= {"scatter", "bar"}, (
            "WebGL needs what our policy forbids"
        )
        assert not any("<a" in text or "<b" in text for text in texts(json.loads(as_json(spec))))


def test_withheld_values_are_not_drawn_and_zero_is() -> None:
    series = [ShareSeries("Over", "--over"), ShareSeries("Under", "--under")]
    shares = [ShareRow("a", (0.0, None), ("0 %", "[c]"), ("/a/", ""))]
    first, second = stacked_shares(shares, series, x_title="x")["data"]
    assert first["x"] == [0.0]
    assert second["x"] == [None]
    (only,) = dots(shares, series, x_title="x")["data"]
    assert (only["name"], only["x"]) == ("Over", [0.0])


def test_a_dumbbell_draws_dots_with_intervals_and_marks_by_closeness() -> None:
    traces = {trace["name"]: trace for trace in dumbbell(dumbbell_rows(), x_title="x")["data"]}
    assert traces["Belief"]["x"] == [70]
    assert traces["Belief"]["error_x"]["array"] == [10]
    assert traces["Evidence"]["error_x"]["array"] == [0], "no interval is made up"
    assert traces["Gap"]["x"] == [70, 40, None]
    assert traces["Published, close"]["x"] == [50]
    assert traces["Published, loose"]["x"] == [20]


def test_every_row_has_its_label_once() -> None:
    spec = dumbbell(dumbbell_rows(), x_title="x")
    parsed = json.loads(as_json(spec))
    assert [note["text"] for note in parsed["layout"]["annotations"]] == [
        '&lt;a href="javascript:alert(1)"&gt;x&lt;/a&gt; &amp; &lt;b&gt;',
        "withheld",
    ]
