"""Tests the model economics page: the result in words, the drawing and its alternative, and errors at the fields."""

import html
import re
from typing import Any

import pytest
from django.test import Client

from posture.views.model_cost_form import EXAMPLE

pytestmark = pytest.mark.django_db
EQUAL = {
    "a_parameters": "10", "a_training_tokens": "100", "a_samples": "1", "a_tokens": "2",
    "b_parameters": "5", "b_training_tokens": "200", "b_samples": "2", "b_tokens": "2",
}  # fmt: skip


def get(**typed: str) -> Any:
    return Client().get("/model-economics/", typed)


def page(**typed: str) -> str:
    answer = get(**typed)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def field(text: str, name: str) -> str:
    return next(part for part in text.split("<p class=") if f'name="{name}"' in part)


def test_the_example_says_its_finding_in_words() -> None:
    """1.288e24 against 1.04e24: 1 - 1.04 / 1.288 = 19.3 %. Shares of the queries: 7 / 12.88 and 3.2 / 10.4."""
    text = page()
    assert "With 10 billion queries, option B needs 19\u202f% less compute than option A." in text
    assert (
        "Break-even: 3.47 billion queries. Below it option A needs less compute, above it option B." in text
    )
    for number in (
        "5.88 × 10²³",
        "7.2 × 10²³",
        "1.29 × 10²⁴",
        "1.04 × 10²⁴",
        "54\u202f%",
        "31\u202f%",
        "1,880",
    ):
        assert f'<td class="number">{number}</td>' in text


def test_the_drawing_has_the_finding_as_its_alternative() -> None:
    text = page()
    findings = re.findall(r"<desc[^>]*>(.*?)</desc>", text)
    assert len(findings) == 2
    for finding in findings:
        assert finding.startswith("With 10 billion queries, option B needs 19\u202f% less")
        assert "Break-even: 3.47 billion queries" in finding
    for svg in re.findall(r"<svg.*?>", text, re.DOTALL):
        named = re.search(r'aria-labelledby="(\S+) (\S+)"', svg)
        assert named is not None
        assert all(text.count(f'id="{key}"') == 1 for key in named.groups())


def test_fewer_queries_favour_the_option_that_costs_less_to_train() -> None:
    assert "option A needs" in page(queries="3.47 billion")
    assert "option B needs" in page(queries="3.48 billion")


def test_without_queries_only_the_training_counts() -> None:
    """1 - 5.88 / 7.20 = 18.3 %."""
    assert "With 0 queries, option A needs 18\u202f% less compute than option B." in page(queries="0")


def test_equal_costs_have_no_break_even() -> None:
    text = page(**EQUAL)
    assert "both options need the same compute." in text
    assert "There is no break-even: both options need the same compute for every number of queries." in text
    assert '<circle class="meeting"' not in text


def test_an_option_that_costs_less_at_both_has_no_break_even() -> None:
    text = page(b_training_tokens="1T")
    assert "There is no break-even: option B needs less compute for every number of queries" in text


def test_equal_training_is_decided_by_the_queries() -> None:
    text = page(**EQUAL | {"b_samples": "1"})
    assert "Both options cost the same to train, so option B needs less compute from the first query." in text


def test_the_smallest_difference_is_not_shown_as_nothing() -> None:
    text = page(**EQUAL | {"b_training_tokens": "201", "queries": "0"})
    assert "needs less than 1\u202f% less compute" in text


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("queries", "many", "This is not a number."),
        ("queries", "", "Enter a number"),
        ("queries", "1e19", "Enter at most 1 × 10¹⁸."),
        ("a_parameters", "-7", "Enter a number that is not negative."),
        ("a_parameters", "0", "Enter at least 1."),
        ("b_samples", "1.5", "Enter a whole number."),
        ("b_tokens", "1,5k", "Write decimals with a point"),
        ("b_training_tokens", '"><script>alert(1)</script>', "This is not a number."),
    ],
)
def test_an_error_stands_at_its_field_which_keeps_the_text(name: str, typed: str, words: str) -> None:
    answer = get(**{name: typed})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "<script>" not in text
    part = field(text, name)
    assert words in html.unescape(part)
    assert f'value="{html.escape(typed)}"' in part or not typed
    assert 'aria-invalid="true"' in part
    described = re.search(r'aria-describedby="([^"]*)"', part)
    assert described is not None
    assert f"id_{name}_error" in described[1].split()
    assert all(f'id="{key}"' in part for key in described[1].split())
    assert f'href="#id_{name}"' in text
    assert "<svg" not in text


def test_other_fields_keep_what_was_typed_beside_an_error() -> None:
    text = get(queries="many", a_parameters="13 B").content.decode()
    assert 'value="13 B"' in field(text, "a_parameters")


def test_the_form_works_without_script_and_keeps_the_numbers_in_the_address() -> None:
    text = page(**EXAMPLE)
    assert re.search(r'<form method="get"', text)
    assert "<script" not in text
    for name, typed in EXAMPLE.items():
        part = field(text, name)
        assert f'value="{typed}"' in part
        assert f'<label for="id_{name}">' in part


def test_the_largest_numbers_are_drawn() -> None:
    largest = {"parameters": "1e16", "training_tokens": "1e18", "samples": "1M", "tokens": "1B"}
    typed = {f"{key}_{name}": text for key in "ab" for name, text in largest.items()}
    assert "2 × 10⁴⁹" in page(**typed, queries="1e18")


def test_the_page_states_its_source_and_its_limits() -> None:
    text = " ".join(page().split())
    for words in (
        '<a href="https://arxiv.org/abs/2604.01411">Roberts and others',
        "It knows no prices",
        "It doesn't know how good the answers are.",
        "doesn't choose the training tokens",
        "less than 1 billion parameters",
        "The paper is a preprint.",
        "are our extension",
        "It doesn't score an organisation by this page.",
    ):
        assert words in text
