"""Tests the conversion of an analyst's query to an address and back."""

from urllib.parse import parse_qs

import pytest

from posture.explorer.choices import ExplorerChoices, choices_of
from posture.explorer.query import ExplorerQuery, parse_query
from tests.posture.analysis.small_waves import small

WAVES = {"spring": "Spring", "autumn": "Autumn"}
NEWEST = ExplorerQuery(subjects=("pair:A-P", "pair:I-P"), filters={"wave": ("autumn",)})


@pytest.fixture
def choices() -> ExplorerChoices:
    return choices_of(small(), (), WAVES, {"nation": "The nation"})


def test_an_empty_address_asks_for_all_pairs(choices: ExplorerChoices) -> None:
    parsed = parse_query({}, choices)
    assert parsed.problems == ()
    assert parsed.query == NEWEST


def test_a_query_equals_the_parsed_query_of_its_address(choices: ExplorerChoices) -> None:
    query = ExplorerQuery(
        subjects=("item:KEYS", "pair:A-P"),
        breaks=("sector", "wave"),
        filters={"sector": ("retail", ""), "wave": ("spring",)},
        answers={"I-C": ("yes", "no")},
        weighted_to="nation",
        chart="heat",
        sort="base",
    )
    parsed = parse_query(parse_qs(query.address()), choices)
    assert (parsed.query, parsed.problems) == (query, ())
    assert parsed.query.address() == query.address()


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
def test_an_unknown_value_is_reported_and_ignored(
    choices: ExplorerChoices, name: str, value: str, expected: str
) -> None:
    parsed = parse_query({name: [value]}, choices)
    assert parsed.problems == (f"{name}: expected {expected}, found “{value}”.",)
    assert parsed.query == NEWEST


def test_a_dimension_is_not_crossed_with_itself(choices: ExplorerChoices) -> None:
    parsed = parse_query({"by": ["sector"], "and": ["sector"]}, choices)
    assert parsed.query.breaks == ("sector",)
    assert "another dimension" in parsed.problems[0]


def test_waves_are_never_added_up(choices: ExplorerChoices) -> None:
    parsed = parse_query({"wave": ["spring", "autumn"]}, choices)
    assert parsed.query.filters == {"wave": ("autumn",)}
    assert "one wave" in parsed.problems[0]
    side_by_side = parse_query({"wave": ["spring", "autumn"], "by": ["wave"]}, choices)
    assert (side_by_side.query.filters, side_by_side.problems) == ({"wave": ("spring", "autumn")}, ())


def test_a_chart_wave_by_wave_divides_by_wave(choices: ExplorerChoices) -> None:
    query = parse_query({"chart": ["trend"], "by": ["sector"], "and": ["region"]}, choices).query
    assert query.cut_breaks == ("sector", "wave")
    assert query.breaks == ("sector", "region"), "the address keeps what was chosen"
    assert "wave" not in query.filters
