"""Tests numbers as text: rounded half up, and never zero for a number that is not zero."""

import pytest

from posture.charts import number_text
from posture.reports import wording


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0, "0 %"),
        (0.0049, "<1 %"),
        (0.005, "1 %"),
        (0.125, "13 %"),
        (57 / 200, "29 %"),
        (0.5, "50 %"),
        (0.994, "99 %"),
        (0.995, ">99 %"),
        (1, "100 %"),
    ],
)
def test_shares(value: float | None, text: str) -> None:
    assert number_text.share(value).replace(number_text.THIN, " ") == text


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(0.5, 0, "1"), (2.5, 0, "3"), (-2.5, 0, "−2"), (-0.4, 0, "0"), (1.005, 2, "1.01"), (64.25, 1, "64.3")],
)
def test_half_goes_up_whatever_the_binary_says(value: float, decimals: int, text: str) -> None:
    assert number_text.rounded(value, decimals) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (20.4, "points", "+20 points"),
        (-20.4, "points", "−20 points"),
        (0.2, "points", "0 points"),
        (1.25, "bands", "+1.3 bands"),
        (0.0, "bands", "0 bands"),
        (None, "points", "–"),
        (12.0, "count", "12"),
    ],
)
def test_differences_carry_their_sign_and_unit(value: float | None, unit: str, text: str) -> None:
    assert number_text.figure(value, unit) == text


def test_an_interval_that_is_not_there_is_not_made_up() -> None:
    assert number_text.interval(None, None, "share") == ""
    assert number_text.interval(0.105, 0.295, "share") == "11 to 30"


def test_a_published_bound_is_shown_as_one() -> None:
    assert number_text.benchmark(2, 0, "percent", "at_most").replace(number_text.THIN, " ") == "≤ 2 %"


@pytest.mark.parametrize(
    ("below", "above", "expected"),
    [
        (-0.2177, 0.1615, "from 22 points below or 16 points above on"),
        (-0.115, None, "from 12 points below on"),
        (None, None, "no difference would be detected"),
    ],
)
def test_what_a_base_would_notice(below: float | None, above: float | None, expected: str) -> None:
    assert expected in wording.detectable_difference_text(below, above)


def test_medians_of_bands_are_whole_and_their_test_is_told_to_three_places() -> None:
    assert [number_text.whole_bands(value) for value in (1, -2, 0)] == ["+1 band", "−2 bands", "0 bands"]
    assert number_text.figure(4, "band") == "band 4"
    assert number_text.p_value(0.001) == "p\u202f≤\u202f0.001"
    assert number_text.p_value(0.0784) == "p\u202f=\u202f0.078"
