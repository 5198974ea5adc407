"""Tests that a sentence keeps the receipts of its numbers."""

import pytest

from posture.reports.sentences import Count, sentence


def test_a_number_keeps_its_receipt_and_a_text_has_none() -> None:
    filled = sentence("{label}: {belief} believed.", label="Agents", belief=Count("64 %", "/receipt/"))
    assert str(filled) == "Agents: 64 % believed."
    assert [(part.text, part.address) for part in filled.numbers] == [("64 %", "/receipt/")]


def test_a_text_with_braces_stays_text() -> None:
    assert str(sentence("{label}.", label="{belief}")) == "{belief}."


def test_a_placeholder_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        sentence("{label}")
