"""Tests the conversion of an analyst's query to an address and back."""

from urllib.parse import parse_qs

import pytest

from posture.explorer.choices import Offer, offer_of
from posture.explorer.query import Question, read_question
from tests.posture.analysis.small_waves import small

WAVES = {"spring": "Spring", "autumn": "Autumn"}
NEWEST = Question(subjects=("pair:A-P", "pair:I-P"), kept={"wave": ("autumn",)})


@pytest.fixture
def offer() -> Offer:
    return offer_of(small(), (), WAVES, {"nation": "The nation"})


def test_an_empty_address_asks_for_all_pairs(offer: Offer) -> None:
    reading = read_question({}, offer)
    assert reading.problems == ()
    assert reading.question == NEWEST


def test_a_question_survives_its_address(offer: Offer) -> None:
    asked = Question(
        subjects=("item:KEYS", "pair:A-P"),
        breaks=("sector", "wave"),
        kept={"sector": ("retail", ""), "wave": ("spring",)},
        answers={"I-C": ("yes", "no")},
        weighted_to="nation",
        chart="heat",
        sort="base",
    )
    reading = read_question(parse_qs(asked.address()), offer)
    assert (reading.question, reading.problems) == (asked, ())
    assert reading.question.address() == asked.address()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("show", "pair:NONE", "a subject"),
        ("by", "colour", "one of sector, size_band, region, wave"),
        ("sector", "moon", "a code of sector"),
        ("wave", "winter", "the slug of a wave"),
        ("answer", "I-C:perhaps", "item:option"),
        ("answer", "COUNT", "item:option"),
        ("chart", "pie", "one of forest, dumbbell, diverging, trend, heat"),
        ("sort", "luck", "one of given, value, base"),
        ("weighted", "yes", "one of nation"),
    ],
)
def test_what_is_unknown_is_named_and_left_out(offer: Offer, name: str, value: str, expected: str) -> None:
    reading = read_question({name: [value]}, offer)
    assert reading.problems == (f"{name}: expected {expected}, found “{value}”.",)
    assert reading.question == NEWEST


def test_a_dimension_is_not_crossed_with_itself(offer: Offer) -> None:
    reading = read_question({"by": ["sector"], "and": ["sector"]}, offer)
    assert reading.question.breaks == ("sector",)
    assert "another dimension" in reading.problems[0]


def test_waves_are_never_added_up(offer: Offer) -> None:
    reading = read_question({"wave": ["spring", "autumn"]}, offer)
    assert reading.question.kept == {"wave": ("autumn",)}
    assert "one wave" in reading.problems[0]
    side_by_side = read_question({"wave": ["spring", "autumn"], "by": ["wave"]}, offer)
    assert (side_by_side.question.kept, side_by_side.problems) == ({"wave": ("spring", "autumn")}, ())


def test_a_chart_wave_by_wave_divides_by_wave(offer: Offer) -> None:
    question = read_question({"chart": ["trend"], "by": ["sector"], "and": ["region"]}, offer).question
    assert question.cut_breaks == ("sector", "wave")
    assert question.breaks == ("sector", "region"), "the address keeps what was chosen"
    assert "wave" not in question.kept
