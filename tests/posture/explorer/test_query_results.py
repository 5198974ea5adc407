"""Tests the results of queries about a dozen organisations, against counts by hand."""

import pytest

from posture.explorer.choices import Offer, offer_of
from posture.explorer.query import Question, read_question
from posture.explorer.query_results import found_in
from tests.posture.analysis.small_waves import small
from tests.posture.explorer.frames import cube

K = 5


@pytest.fixture
def offer() -> Offer:
    return offer_of(small(), (), {"spring": "Spring", "autumn": "Autumn"}, {})


def asked(offer: Offer, **parameters: list[str]) -> Question:
    reading = read_question({"show": ["item:I-R"], **parameters}, offer)
    assert reading.problems == ()
    return reading.question


def test_the_newest_wave_is_counted_unless_another_is_chosen(offer: Offer) -> None:
    found = found_in(cube(), asked(offer), offer, k=K)
    assert [(line.option, line.base, line.value) for line in found.lines] == [
        ("yes", 8, 3 / 8),
        ("no", 8, 4 / 8),
        ("dont-know", 8, 1 / 8),
    ]
    assert found.largest_base == 8
    spring = found_in(cube(), asked(offer, wave=["spring"]), offer, k=K)
    assert [(line.option, line.base, line.value) for line in spring.lines][:2] == [
        ("yes", 2, 0.0),
        ("no", 2, 1.0),
    ]


def test_groups_without_anybody_are_left_out_and_not_stated_is_a_group(offer: Offer) -> None:
    found = found_in(cube(), asked(offer, by=["sector"]), offer, k=K)
    shares = {(line.group_label, line.option): (line.value, line.base) for line in found.lines}
    assert shares["Retail or consumer", "yes"] == (2 / 5, 5)
    assert shares["Energy or utilities", "yes"] == (0.0, 2)
    assert shares["Sector not stated", "yes"] == (1.0, 1)
    assert {group for group, _ in shares} == {
        "Retail or consumer",
        "Energy or utilities",
        "Sector not stated",
    }


def test_a_number_below_k_is_shown_and_marked(offer: Offer) -> None:
    found = found_in(cube(), asked(offer, by=["sector"]), offer, k=K)
    marks = {line.group_label: (line.is_releasable, line.needed) for line in found.lines}
    assert marks["Energy or utilities"] == (False, 3)
    assert marks["Sector not stated"] == (False, 4)
    retail = next(line for line in found.lines if line.group_label == "Retail or consumer")
    assert not retail.is_releasable, "the three others would follow from it and the total"
    assert retail.needed == 2


def test_two_divisions_and_two_filters(offer: Offer) -> None:
    by_both = found_in(cube(), asked(offer, by=["sector"], **{"and": ["size_band"]}), offer, k=K)
    bases = {line.group_label: line.base for line in by_both.lines if line.option == "yes"}
    assert bases["Retail or consumer, 1 to 49 people"] == 3
    kept = found_in(cube(), asked(offer, sector=["retail"], size_band=["1-49"]), offer, k=K)
    assert {line.base for line in kept.lines} == {3}


@pytest.mark.parametrize(
    ("answers", "base"), [(["I-R:yes"], 3), (["I-R:yes", "I-R:dont-know"], 4), (["I-R:no"], 4)]
)
def test_only_organisations_with_an_answer(offer: Offer, answers: list[str], base: int) -> None:
    found = found_in(cube(), asked(offer, answer=answers), offer, k=K)
    assert {line.base for line in found.lines} == {base}


def test_missing_halves_are_in_no_base_and_waves_stand_side_by_side(offer: Offer) -> None:
    question = read_question({"show": ["pair:A-P"], "chart": ["trend"]}, offer).question
    found = found_in(cube(), question, offer, k=K)
    gaps = {line.group_label: (line.value, line.base) for line in found.lines if line.statistic == "gap"}
    assert gaps == {"Spring": (60.0, 1), "Autumn": (pytest.approx((50 + 30 + 10 + 0 + 30 + 0 - 10) / 7), 7)}


def test_sorting_by_value_puts_the_highest_first(offer: Offer) -> None:
    found = found_in(cube(), asked(offer, sort=["value"]), offer, k=K)
    assert [line.option for line in found.lines] == ["no", "yes", "dont-know"]


def test_the_words_of_a_line(offer: Offer) -> None:
    line = found_in(cube(), asked(offer), offer, k=K).lines[0]
    assert (line.label, line.text, line.base_words, line.standing) == (
        "I-R: Yes",
        "38\u202f%",
        "base 8",
        "Small base",
    )
    one = found_in(cube(), asked(offer, sector=["energy"]), offer, k=K).lines[0]
    assert one.standing == "3 more answers needed"
