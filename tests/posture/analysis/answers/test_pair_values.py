"""Tests the belief and evidence of each kind of pair, against values by hand."""

import math

import pytest

from posture.analysis.answers.pair_values import ALIGNED, OVER, UNDER, PairValues, pair_values_of
from posture.analysis.answers.wave_data import BLANK, DONT_KNOW, NO_EVIDENCE, NOT_APPLICABLE, ROUTED_OUT
from tests.posture.analysis.small_waves import Line, choice, number, shipped, special, wave

BELIEVER, KEEPER = 0, 1
QUESTIONNAIRE = shipped()


def values_of_pair(pair: str, *lines: Line) -> PairValues:
    return pair_values_of(QUESTIONNAIRE.pair(pair), QUESTIONNAIRE, wave(1, list(lines)))


def kind(pair_values: PairValues) -> str:
    """Returns the name of the only mask that contains the organisation, or "none" without one."""
    masks = {
        "complete": pair_values.complete,
        "single": pair_values.single_informant,
        "no evidence": pair_values.no_evidence,
    }
    names = [name for name, mask in masks.items() if mask[0]]
    assert len(names) <= 1
    return names[0] if names else "none"


@pytest.mark.parametrize(
    ("pair", "belief", "evidence", "gap"),
    [
        ("INV-P1", 90, 40, 50),
        ("INV-P1", 40, 90, -50),
        ("INV-P3", "yes", "no", 1),
        ("INV-P3", "no", "yes", -1),
        ("INV-P3", "yes", "yes", 0),
        ("POL-P1", "very-confident", "yes-confirmed", 1),
        ("POL-P1", "somewhat-unconfident", "no", -1),
        ("POL-P1", "somewhat-confident", "no", 0),
        ("INC-P1", "no", "yes-suspected", 1),
        ("INC-P1", "yes-confirmed", "no", -1),
        ("POL-P3", "less-than-5-minutes", "1-hour-to-less-than-4-hours", 3),
        ("POL-P3", "1-hour-to-less-than-4-hours", "less-than-5-minutes", -3),
    ],
)
def test_a_gap_above_zero_means_overconfident(
    pair: str, belief: int | str, evidence: int | str, gap: int
) -> None:
    pair_definition = QUESTIONNAIRE.pair(pair)
    lines = [
        number(0, item, answer, informant=informant)
        if isinstance(answer, int)
        else choice(0, item, answer, informant=informant)
        for item, answer, informant in (
            (pair_definition.belief, belief, BELIEVER),
            (pair_definition.evidence, evidence, KEEPER),
        )
    ]
    pair_values = values_of_pair(pair, *lines)
    assert kind(pair_values) == "complete"
    assert pair_values.gap[0] == gap


@pytest.mark.parametrize(
    ("belief", "evidence", "name"),
    [
        (50, 39, OVER),
        (50, 40, ALIGNED),
        (50, 50, ALIGNED),
        (50, 60, ALIGNED),
        (50, 61, UNDER),
        (100, 0, OVER),
    ],
)
def test_aligned_reaches_to_ten_points_and_no_further(belief: int, evidence: int, name: str) -> None:
    pair_values = values_of_pair(
        "INV-P1", number(0, "INV-C1", belief, informant=0), number(0, "INV-R1", evidence, informant=1)
    )
    assert [type_name for type_name in (OVER, ALIGNED, UNDER) if pair_values.of_type(type_name)[0]] == [name]


@pytest.mark.parametrize("state", [DONT_KNOW, NO_EVIDENCE])
def test_who_believes_without_evidence_is_counted_as_such(state: str) -> None:
    pair_values = values_of_pair("INV-P1", number(0, "INV-C1", 80), special(0, "INV-R1", state, informant=1))
    assert kind(pair_values) == "no evidence"
    assert math.isnan(pair_values.gap[0]), "unknown is never zero"
    assert not any(pair_values.of_type(name)[0] for name in (OVER, ALIGNED, UNDER))


@pytest.mark.parametrize("state", [BLANK, ROUTED_OUT, NOT_APPLICABLE])
def test_what_was_not_answered_is_no_finding(state: str) -> None:
    pair_values = values_of_pair("INV-P1", number(0, "INV-C1", 80), special(0, "INV-R1", state, informant=1))
    assert kind(pair_values) == "none"


def test_evidence_without_belief_is_no_pair() -> None:
    assert (
        kind(values_of_pair("INV-P1", special(0, "INV-C1", DONT_KNOW), number(0, "INV-R1", 80, informant=1)))
        == "none"
    )
    assert kind(values_of_pair("INV-P1", number(0, "INV-R1", 80, informant=1))) == "none"


def test_one_person_for_both_halves_is_kept_apart() -> None:
    pair_values = values_of_pair(
        "INV-P1", number(0, "INV-C1", 80, informant=3), number(0, "INV-R1", 80, informant=3)
    )
    assert kind(pair_values) == "single"
    assert not pair_values.classified[0]


def test_evidence_estimated_without_records_counts_as_none_and_is_kept_apart() -> None:
    estimated = next(iter(QUESTIONNAIRE.estimated_bases))
    pair_values = values_of_pair(
        "INV-P1", number(0, "INV-C1", 80), number(0, "INV-R1", 80, basis=estimated, informant=1)
    )
    assert kind(pair_values) == "no evidence"
    assert pair_values.estimated[0]


@pytest.mark.parametrize(("monitored", "weak"), [(49, True), (50, False), (None, True)])
def test_no_incident_says_little_where_little_is_monitored(monitored: int | None, weak: bool) -> None:
    monitoring = [number(0, "INV-R2", monitored)] if monitored is not None else []
    pair_values = values_of_pair(
        "POL-P1", choice(0, "POL-C1", "very-confident"), choice(0, "POL-R1", "no", informant=1), *monitoring
    )
    assert pair_values.weak[0] == weak
