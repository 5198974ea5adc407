"""Tests the JSON of a chart: equal to plotly's own, and without text that ends a script element."""

import ast
import json

import numpy as np
from django.template.loader import render_to_string

from posture.charts.script import as_json
from posture.launch.places import ROOT


def test_no_text_ends_the_script_and_none_is_read_as_html() -> None:
    spec = {"data": [{"name": "</script><script>alert(1)</script> & co"}], "layout": {}}
    page = render_to_string("posture/_chart.html", {"id": "chart-one", "spec": spec})
    assert page.count("<script") == page.count("</script>") == 1
    shown = "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; co"
    assert json.loads(as_json(spec))["data"] == [{"name": shown}]


def test_every_text_is_escaped_and_links_stay_on_this_site() -> None:
    link = '<a href="https://evil.example/">x</a>'
    spec = {
        "data": [
            {
                "text": [link, ["x", link]],
                "hovertemplate": "%{text}<extra></extra>",
                "x": (link,),
                "y": [1, 0.5],
            }
        ],
        "layout": {"title": {"text": link}, "annotations": [{"text": link * 20}]},
    }
    parsed = json.loads(as_json(spec))
    assert json.dumps(parsed).count("<") == 2, "only the template has any"
    assert len(parsed["layout"]["annotations"][0]["text"]) < 400
    links = ["/releases/a/", "//evil.example/", "javascript:x", "https://evil.example/", "", 5]
    links_in_json = json.loads(as_json({"data": [{"customdata": links}]}))["data"][0]["customdata"]
    assert links_in_json == ["/releases/a/", "", "", "", "", 5]


def test_templates_of_charts_are_constants() -> None:
    """A template with text from people would be a second way into the page."""
    value_types = set()
    for path in (ROOT / "posture").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    if isinstance(key, ast.Constant) and str(key.value).endswith("template"):
                        value_types.add(type(value))
    assert value_types == {ast.Constant}


def test_only_the_figure_tag_writes_chart_json() -> None:
    """A function that draws uses the keys `type`, `data` and `layout`; only `as_json` writes them into a page."""
    writers = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "posture").rglob("*.py")
        if "application/json" in path.read_text("utf-8") and "<script" in path.read_text("utf-8")
    }
    assert writers == {"posture/templatetags/figures.py"}


def test_arrays_become_lists_and_nan_becomes_null() -> None:
    text = as_json({"data": [{"x": np.array([0.5, np.nan]), "y": np.arange(2)}]})
    assert json.loads(text) == {"data": [{"x": [0.5, None], "y": [0, 1]}]}
