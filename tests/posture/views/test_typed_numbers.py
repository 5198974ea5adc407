"""Tests numbers as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.views.typed_numbers import whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7000000000", 7 * 10**9),
        ("7e9", 7 * 10**9),
        ("7E+9", 7 * 10**9),
        ("7B", 7 * 10**9),
        ("7 b", 7 * 10**9),
        ("7bn", 7 * 10**9),
        ("3.5 billion", 35 * 10**8),
        ("15T", 15 * 10**12),
        ("15 trillion", 15 * 10**12),
        ("405M", 405 * 10**6),
        ("12k", 12_000),
        ("1 200", 1200),
        ("1\u202f200\u00a0000", 1_200_000),
        ("1,200", 1200),
        ("1,200,000.0", 1_200_000),
        ("1'200", 1200),
        ("1_200", 1200),
        ("7 x 10^9", 7 * 10**9),
        ("7×10^9", 7 * 10**9),
        (" 0 ", 0),
        (".5M", 500_000),
        ("1.25e3", 1250),
    ],
)
def test_numbers_are_read(text: str, number: int) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Enter a number"),
        ("  ", "Enter a number"),
        ("abc", "not a number"),
        ("7Q", "not a number"),
        ("7B8", "not a number"),
        ("٧", "not a number"),
        ("7\x00", "not a number"),
        ("nan", "not a number"),
        ("inf", "not a number"),
        ("1e", "not a number"),
        ("-7", "not negative"),
        ("−7", "not negative"),
        ("1.5", "whole number"),
        ("7.5", "whole number"),
        ("1,5B", "point"),
        ("1,20", "point"),
        ("1,2000", "point"),
        ("1e31", "too large"),
        ("1e999T", "too large"),
        ("7" * 41, "at most 40 characters"),
    ],
)
def test_other_texts_are_refused_with_a_reason(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        whole_number(text)


@given(st.text(max_size=60))
def test_any_text_gives_a_number_or_a_reason(text: str) -> None:
    number, reason = 0, "."
    try:
        number = whole_number(text)
    except ValueError as error:
        reason = str(error)
    assert number >= 0
    assert reason.endswith(".")
