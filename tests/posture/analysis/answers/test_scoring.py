"""Tests evidence scores against sums by hand, and the standing of an organisation for each number of peers."""

import numpy as np
import pytest
from pytest import approx

from posture.analysis.answers.scoring import MATURITY, Score, scores_of
from posture.analysis.answers.wave_data import (
    BLANK,
    DECLINED,
    DONT_KNOW,
    NO_EVIDENCE,
    NOT_APPLICABLE,
    ROUTED_OUT,
)
from posture.analysis.estimates.standing import Standing, standing, standings
from posture.definitions import scores
from posture.methods.ranks import midrank
from posture.stored_definitions.catalogue import score_file
from surveys.instrument.definition_file import InvalidDefinition
from tests.posture.analysis.small_waves import Line, choice, number, shipped, special, wave

QUESTIONNAIRE = shipped()
FILE = score_file(QUESTIONNAIRE.slug)
assert FILE is not None


def scored(lines: list[Line], units: int = 1) -> dict[str, Score]:
    assert FILE is not None
    return {score.code: score for score in scores_of(FILE, QUESTIONNAIRE, wave(units, lines))}


def everything_routed_out() -> dict[str, Line]:
    assert FILE is not None
    codes = [item.item for domain in FILE.domains for item in domain.items]
    return {code: special(0, code, ROUTED_OUT) for code in codes}


def only(**lines: Line) -> dict[str, Score]:
    named = {name.replace("_", "-"): line for name, line in lines.items()}
    return scored(list((everything_routed_out() | named).values()))


def test_a_domain_is_the_mean_of_its_items() -> None:
    """80 and 40 of 100, and yes: (80 + 40 + 100) / 3 = 73.33."""
    scores_by_code = only(
        INV_R1=number(0, "INV-R1", 80), INV_R2=number(0, "INV-R2", 40), INV_R3=choice(0, "INV-R3", "yes")
    )
    assert scores_by_code["inventory-visibility"].value[0] == approx(220 / 3)
    assert scores_by_code[MATURITY].value[0] == approx(220 / 3), "the only domain that applies"


def test_what_nobody_knows_counts_as_nothing_in_place() -> None:
    """80, unknown and never measured: 80 / 3."""
    scores_by_code = only(
        INV_R1=special(0, "INV-R1", NO_EVIDENCE),
        INV_R2=number(0, "INV-R2", 80),
        INV_R3=special(0, "INV-R3", DONT_KNOW),
    )
    assert scores_by_code["inventory-visibility"].value[0] == approx(80 / 3)


def test_what_does_not_apply_leaves_the_denominator() -> None:
    scores_by_code = only(PLT_R1=special(0, "PLT-R1", NOT_APPLICABLE), PLT_R2=number(0, "PLT-R2", 60))
    score = scores_by_code["platform-integration"]
    assert (score.value[0], score.answered[0], score.applicable[0]) == (60, 1, 1)


def test_an_option_can_say_that_the_item_does_not_apply() -> None:
    line = choice(0, "INC-R5", "no-confirmed-cases-in-the-last-12-months")
    assert only(INC_R5=line)["incidents"].applicable[0] == 0
    half = choice(0, "INC-R5", "30-to-59-minutes")
    assert only(INC_R5=half)["incidents"].value[0] == 50


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        ({"REG_R1": special(0, "REG-R1", BLANK), "REG_R2": number(0, "REG-R2", 60)}, None),
        (
            {
                "REG_R1": special(0, "REG-R1", DECLINED),
                "REG_R2": number(0, "REG-R2", 60),
                "REG_R3": choice(0, "REG-R3", "yes"),
            },
            80,
        ),
        ({"REG_R2": number(0, "REG-R2", 60, basis="estimated"), "REG_R3": choice(0, "REG-R3", "yes")}, None),
    ],
    ids=["one of two", "two of three", "estimated without records"],
)
def test_three_in_five_must_be_answered(lines: dict[str, Line], value: float | None) -> None:
    score = only(**lines)["regulatory-readiness"].value[0]
    assert np.isnan(score) if value is None else score == value


def test_exactly_three_in_five_is_enough_for_the_total() -> None:
    """Three of five domains that apply have a score: 60, 30 and 0 make 30."""
    lines = {
        "INC_R5": choice(0, "INC-R5", "less-than-5-minutes"),
        "IAM_R1": number(0, "IAM-R1", 60),
        "IAM_R2": number(0, "IAM-R2", 60),
        "FT_R1": special(0, "FT-R1", BLANK),
        "PLT_R1": special(0, "PLT-R1", BLANK),
        "REG_R2": number(0, "REG-R2", 20),
    }
    maturity = only(**lines)[MATURITY]
    assert (maturity.answered[0], maturity.applicable[0]) == (3, 5)
    assert maturity.value[0] == approx((100 + 60 + 20) / 3)
    del lines["REG_R2"]
    assert np.isnan(only(**lines, REG_R3=special(0, "REG-R3", BLANK))[MATURITY].value[0])


def test_the_shipped_file_names_items_and_options_that_exist_once() -> None:
    assert FILE is not None
    scores.check(FILE, QUESTIONNAIRE, name="shipped")


@pytest.mark.parametrize(
    "item",
    [
        {"item": "INV-C1"},
        {"item": "INV-R9"},
        {"item": "INV-R3", "full": ("yes",)},
        {"item": "INV-R3", "full": ("yes", "no"), "none": ("no",)},
        {"item": "INV-R3", "full": ("yes",), "none": ("never",)},
    ],
)
def test_a_file_with_a_mistake_is_refused(item: dict[str, object]) -> None:
    assert FILE is not None
    domain = {"code": "inventory-visibility", "items": [item]}
    file = scores.ScoreFile.model_validate(FILE.model_dump() | {"domains": [domain]})
    with pytest.raises(InvalidDefinition):
        scores.check(file, QUESTIONNAIRE, name="wrong")


@pytest.mark.parametrize(
    ("own_score", "others", "expected"),
    [
        (0.5, 0, Standing("too_few")),
        (55, [20, 30, 50, 60, 70, 80, 90], Standing("too_few")),
        (99, list(range(9)), Standing("above")),
        (-1, list(range(9)), Standing("below")),
        (5, list(range(10)), Standing("quarter", 3, peers=10)),
        (-1, list(range(10)), Standing("quarter", 1, peers=10)),
        (99, list(range(19)), Standing("quarter", 4, peers=15)),
        (10, list(range(20)), Standing("percentile", 55, 30, 75, 20)),
        (99, list(range(24)), Standing("percentile", 100, 85, 100, 20)),
    ],
)
def test_peers_decide_how_finely_a_place_is_told(
    own_score: float, others: list[int], expected: Standing
) -> None:
    """10 of 0..19: ten below, one equal: 52.5, to the nearest five 55. Wilson on 10.5 of 20: 31.6 to 72.6."""
    peers = [float(other) for other in others] if others else []
    assert standing(midrank(own_score, peers)) == expected


def test_ties_are_counted_half_and_nobody_is_their_own_peer() -> None:
    standing_of = standings(np.array([50.0] * 21 + [np.nan]))
    assert set(standing_of) == set(range(21))
    assert {
        (score_standing.kind, score_standing.band, score_standing.peers)
        for score_standing in standing_of.values()
    } == {("percentile", 50, 20)}


def test_scores_that_are_equal_but_for_their_last_bit_are_equal() -> None:
    """One third and two thirds and 100, added in another order; 21 of them are all in the middle."""
    first, second = (100 / 3 + 200 / 3 + 0.1) + 0.2, 100 / 3 + (200 / 3 + (0.1 + 0.2))
    assert first != second
    equal_scores = standings(np.array([first] * 11 + [second] * 10))
    assert {(score_standing.kind, score_standing.band) for score_standing in equal_scores.values()} == {
        ("percentile", 50)
    }
    different_scores = standings(np.array([50.0] * 11 + [50.0 + 100 / 64 / 64] * 10))
    assert len({score_standing.band for score_standing in different_scores.values()}) == 2
