"""The JSON of a chart: what plotly would read, and nothing that ends a script element."""

import json

import numpy as np
from django.template.loader import render_to_string
from django.utils.html import json_script

from posture.charts.script import as_json


def test_no_text_ends_the_script() -> None:
    spec = {"data": [{"name": "</script><script>alert(1)</script> & co"}], "layout": {}}
    page = render_to_string("posture/_chart.html", {"id": "chart-one", "spec": spec})
    assert page.count("<script") == page.count("</script>") == 1
    assert str(json_script(spec, "chart-one")).replace(": ", ":").replace(", ", ",") in page
    assert json.loads(as_json(spec)) == spec


def test_arrays_are_lists_and_what_is_no_number_is_null() -> None:
    text = as_json({"data": [{"x": np.array([0.5, np.nan]), "y": np.arange(2)}]})
    assert json.loads(text) == {"data": [{"x": [0.5, None], "y": [0, 1]}]}
