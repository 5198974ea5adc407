"""Tests large numbers as text."""

from fractions import Fraction

import pytest

from posture.charts.large_numbers import in_powers, in_words


@pytest.mark.parametrize(
    ("number", "words", "powers"),
    [
        (0, "0", "0"),
        (7, "7", "7"),
        (Fraction(7, 2), "3.5", "3.5"),
        (Fraction(1, 3), "0.333", "0.333"),
        (999, "999", "999"),
        (1000, "1,000", "1 × 10³"),
        (12_345, "12,300", "1.23 × 10⁴"),
        (999_499, "999,000", "9.99 × 10⁵"),
        (999_500, "1 million", "1 × 10⁶"),
        (Fraction(66 * 10**9, 19), "3.47 billion", "3.47 × 10⁹"),
        (15 * 10**12, "15 trillion", "1.5 × 10¹³"),
        (10**15, "1 × 10¹⁵", "1 × 10¹⁵"),
        (588 * 10**21, "5.88 × 10²³", "5.88 × 10²³"),
        (1005, "1,010", "1.01 × 10³"),
    ],
)
def test_numbers_have_three_digits(number: int | Fraction, words: str, powers: str) -> None:
    assert (in_words(number), in_powers(number)) == (words, powers)
