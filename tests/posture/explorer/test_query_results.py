"""Tests the results of queries about a dozen organisations, against counts by hand."""

import pytest

from posture.explorer.choices import ExplorerChoices, choices_of
from posture.explorer.query import ExplorerQuery, parse_query
from posture.explorer.query_results import query_result
from tests.posture.analysis.small_waves import small
from tests.posture.explorer.frames import cube

K = 5


@pytest.fixture
def choices() -> ExplorerChoices:
    return choices_of(small(), (), {"spring": "Spring", "autumn": "Autumn"}, {})


def parsed_query(choices: ExplorerChoices, **parameters: list[str]) -> ExplorerQuery:
    parsed = parse_query({"show": ["item:I-R"], **parameters}, choices)
    assert parsed.problems == ()
    return parsed.query


def test_the_newest_wave_is_counted_unless_another_is_chosen(choices: ExplorerChoices) -> None:
    result = query_result(cube(), parsed_query(choices), choices, k=K)
    assert [(row.option, row.base, row.value) for row in result.rows] == [
        ("yes", 8, 3 / 8),
        ("no", 8, 4 / 8),
        ("dont-know", 8, 1 / 8),
    ]
    assert result.largest_base == 8
    spring = query_result(cube(), parsed_query(choices, wave=["spring"]), choices, k=K)
    assert [(row.option, row.base, row.value) for row in spring.rows][:2] == [
        ("yes", 2, 0.0),
        ("no", 2, 1.0),
    ]


def test_empty_groups_are_left_out_and_not_stated_is_a_group(choices: ExplorerChoices) -> None:
    result = query_result(cube(), parsed_query(choices, by=["sector"]), choices, k=K)
    shares = {(row.group_label, row.option): (row.value, row.base) for row in result.rows}
    assert shares["Retail or consumer", "yes"] == (2 / 5, 5)
    assert shares["Energy or utilities", "yes"] == (0.0, 2)
    assert shares["Sector not stated", "yes"] == (1.0, 1)
    assert {group for group, _ in shares} == {
        "Retail or consumer",
        "Energy or utilities",
        "Sector not stated",
    }


def test_a_number_below_k_is_shown_and_marked(choices: ExplorerChoices) -> None:
    result = query_result(cube(), parsed_query(choices, by=["sector"]), choices, k=K)
    marks = {row.group_label: (row.is_releasable, row.answers_needed) for row in result.rows}
    assert marks["Energy or utilities"] == (False, 3)
    assert marks["Sector not stated"] == (False, 4)
    retail = next(row for row in result.rows if row.group_label == "Retail or consumer")
    assert not retail.is_releasable, "the three others would follow from it and the total"
    assert retail.answers_needed == 2


def test_two_breaks_and_two_filters(choices: ExplorerChoices) -> None:
    crossed = query_result(
        cube(), parsed_query(choices, by=["sector"], **{"and": ["size_band"]}), choices, k=K
    )
    bases = {row.group_label: row.base for row in crossed.rows if row.option == "yes"}
    assert bases["Retail or consumer, 1 to 49 people"] == 3
    filtered = query_result(
        cube(), parsed_query(choices, sector=["retail"], size_band=["1-49"]), choices, k=K
    )
    assert {row.base for row in filtered.rows} == {3}


@pytest.mark.parametrize(
    ("answers", "base"), [(["I-R:yes"], 3), (["I-R:yes", "I-R:dont-know"], 4), (["I-R:no"], 4)]
)
def test_only_organisations_with_an_answer(choices: ExplorerChoices, answers: list[str], base: int) -> None:
    result = query_result(cube(), parsed_query(choices, answer=answers), choices, k=K)
    assert {row.base for row in result.rows} == {base}


def test_incomplete_pairs_are_in_no_base_and_each_wave_is_a_group(choices: ExplorerChoices) -> None:
    query = parse_query({"show": ["pair:A-P"], "chart": ["trend"]}, choices).query
    result = query_result(cube(), query, choices, k=K)
    gaps = {row.group_label: (row.value, row.base) for row in result.rows if row.statistic == "gap"}
    assert gaps == {"Spring": (60.0, 1), "Autumn": (pytest.approx((50 + 30 + 10 + 0 + 30 + 0 - 10) / 7), 7)}


def test_sorting_by_value_puts_the_highest_first(choices: ExplorerChoices) -> None:
    result = query_result(cube(), parsed_query(choices, sort=["value"]), choices, k=K)
    assert [row.option for row in result.rows] == ["no", "yes", "dont-know"]


def test_the_texts_of_a_row(choices: ExplorerChoices) -> None:
    row = query_result(cube(), parsed_query(choices), choices, k=K).rows[0]
    assert (row.label, row.text, row.base_words, row.releasability_text) == (
        "I-R: Yes",
        "38\u202f%",
        "base 8",
        "Small base",
    )
    energy_row = query_result(cube(), parsed_query(choices, sector=["energy"]), choices, k=K).rows[0]
    assert energy_row.releasability_text == "3 more answers needed"
