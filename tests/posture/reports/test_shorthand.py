"""Tests the short marks beside numbers, at their limits."""

from typing import Any

import pytest

from posture.models import Estimate
from posture.reports.shorthand import MEANINGS, marks_of


def estimate(**columns: Any) -> Estimate:
    plain = {"value": 0.5, "base": 100, "unit": "share", "method": "wilson", "ci_low": 0.4, "ci_high": 0.6}
    return Estimate(**plain | columns)


@pytest.mark.parametrize(
    ("columns", "marks"),
    [
        ({}, ()),
        ({"base": 30}, ()),
        ({"base": 29}, ("[u]",)),
        ({"effective_base": 29.0}, ("[u]",)),
        ({"ci_low": 0.35, "ci_high": 0.649}, ()),
        ({"ci_low": 0.35, "ci_high": 0.651}, ("[u]",)),
        ({"value": 0.0049, "ci_low": 0.0, "ci_high": 0.03}, ("[low]",)),
        ({"value": 0.0, "ci_low": 0.0, "ci_high": 0.03}, ()),
        ({"unit": "percent", "method": "t", "value": 50.0, "ci_low": None, "ci_high": None}, ("[z]",)),
        ({"unit": "percent", "method": "t", "value": 50.0, "ci_low": 30.0, "ci_high": 61.0}, ("[u]",)),
        ({"unit": "count", "method": "count", "value": 12.0, "base": 12, "ci_low": None}, ()),
        ({"value": None, "base": None}, ()),
        ({"bound": "at_most", "value": 0.1, "ci_low": None, "ci_high": None}, ()),
    ],
)
def test_a_mark_says_what_to_mind(columns: dict[str, Any], marks: tuple[str, ...]) -> None:
    assert marks_of(estimate(**columns)) == marks


def test_an_item_that_many_left_open_is_marked() -> None:
    assert marks_of(estimate(), is_left_open=True) == ("[u]",)


def test_every_mark_has_a_meaning() -> None:
    assert {"[c]", "[u]", "[low]", "[b]", "[x]", "[z]"} == set(MEANINGS)
