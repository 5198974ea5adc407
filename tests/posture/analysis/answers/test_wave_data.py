"""Tests a column against the answers it was built from, and cohorts from the codes of the sampling frame."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.analysis.answers.wave_data import (
    ANSWERED,
    GAVE_AN_ANSWER,
    NO_RESPONDENT,
    NOBODY,
    STATES,
    Column,
    segment_codes,
)
from surveys.instrument.cohorts import DIMENSIONS
from tests.posture.analysis.small_waves import wave

CODES = tuple(f"option-{number}" for number in range(19))
chosen_options = st.lists(st.sets(st.sampled_from(CODES)), min_size=1, max_size=20)


def column_of(chosen: list[set[str]]) -> Column:
    lines = [(unit, "ITEM", ANSWERED, None, tuple(codes), "", 0) for unit, codes in enumerate(chosen)]
    return wave(len(chosen), lines).item("ITEM")


@given(chosen=chosen_options, wanted=st.sets(st.sampled_from(CODES)))
def test_who_chose_one_of_some_options(chosen: list[set[str]], wanted: set[str]) -> None:
    is_chosen = column_of(chosen).chose(*wanted)
    assert is_chosen.tolist() == [bool(codes & wanted) for codes in chosen]


@given(chosen=chosen_options)
def test_what_was_chosen_can_be_read_back(chosen: list[set[str]]) -> None:
    column = column_of(chosen)
    firsts = column.first_chosen()
    for unit, codes in enumerate(chosen):
        assert set(column.entry(unit).options) == codes
        positions = [column.options.index(code) for code in codes]
        assert firsts[unit] == min(positions, default=-1)


def test_a_column_nobody_answered_says_so() -> None:
    column = Column.empty(2, options=CODES, bases=("exported",), number=np.float64)
    entry = column.entry(1)
    assert (entry.state, entry.options, entry.basis, entry.informant) == (NO_RESPONDENT, (), "", NOBODY)
    assert np.isnan(entry.number), "missing is never zero"
    assert not column.chose(*CODES).any()
    assert not column.rests_on("exported").any()


@pytest.mark.parametrize("state", STATES)
def test_each_state_is_itself_and_no_other(state: str) -> None:
    column = wave(1, [(0, "ITEM", state, None, (), "", 0)]).item("ITEM")
    assert [other for other in STATES if column.is_in(other)[0]] == [state]
    assert column.gave[0] == (state in GAVE_AN_ANSWER)
    assert column.answered[0] == (state == ANSWERED)


def test_cohorts_are_those_of_the_frame_and_who_is_in_none_is_named() -> None:
    sectors = ["healthcare", "", "retail", "healthcare"]
    members_by_slug = {
        cohort.slug: cohort.members.tolist() for cohort in wave(4, [], sector=sectors).cohorts()
    }
    assert members_by_slug["all"] == [True] * 4
    assert members_by_slug["sector:healthcare"] == [True, False, False, True]
    assert members_by_slug["sector:not-stated"] == [False, True, False, False]
    assert members_by_slug["sector:energy"] == [False] * 4, "empty ones are cohorts too"
    assert not [slug for slug in members_by_slug if slug.startswith("region")], "nobody stated a region"


def test_an_unknown_cohort_is_refused() -> None:
    with pytest.raises(KeyError):
        segment_codes(DIMENSIONS[0], ["moon"])
