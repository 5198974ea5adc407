"""Tests the organisations outside of a base: counted by hand, published only from k on, and included in the lowest
and highest possible value."""

import pytest
from pytest import approx

from posture.analysis.answers.wave_data import BLANK, DONT_KNOW, NO_RESPONDENT, NOT_APPLICABLE, ROUTED_OUT
from posture.analysis.estimates.comparison import PublishedShare, compare_share
from posture.analysis.estimates.rows import PUBLISHED, SUPPRESSED, Row
from posture.analysis.release_rows.estimates import estimates
from posture.definitions.indicators import Indicator
from tests.posture.analysis.small_waves import Line, choice, number, small, special, wave

K = 5
QUESTIONNAIRE = small()
INCIDENT = Indicator(code="incident", item="I-R", label="Incident", statistic="share", counts=("yes",))
LISTED = Indicator(code="listed", item="A-R", label="In the inventory", statistic="mean")


def published(units: int, lines: list[Line], *indicators: Indicator) -> dict[tuple[str, str], Row]:
    rows = estimates(wave(units, lines), QUESTIONNAIRE, indicators, k=K)
    return {(row.subject, row.statistic): row for row in rows if row.cohort == "all" and not row.option}


def states(yes: int, no: int, **others: int) -> tuple[int, list[Line]]:
    codes = ["yes"] * yes + ["no"] * no
    lines = [choice(unit, "I-R", code) for unit, code in enumerate(codes)]
    for state, count in others.items():
        lines += [special(len(lines) + place, "I-R", state) for place in range(count)]
    return len(lines), lines


def test_each_state_without_an_answer_is_counted_and_a_count_below_k_is_not_shown() -> None:
    lines = [number(unit, "A-R", 50) for unit in range(20)]
    for place, state in enumerate([ROUTED_OUT] * 7 + [BLANK] * 4 + [NO_RESPONDENT] * 9 + [DONT_KNOW] * 6):
        lines.append(special(20 + place, "A-R", state))
    rows = published(46, lines)
    assert (rows["A-R", "routed_out"].value, rows["A-R", "routed_out"].base) == (7, 7)
    assert rows["A-R", "blank"].status == SUPPRESSED
    assert rows["A-R", "blank"].base is None
    assert ("A-R", "not_applicable") not in rows, "it offers no such answer"
    assert ("I-R", "routed_out") not in rows, "it has no condition"


def test_no_base_gives_away_a_count_that_is_not_shown() -> None:
    """30 answered, 6 did not know, 4 left it open: every base is 36 or 30, none is 40."""
    rows = published(*states(20, 10, **{DONT_KNOW: 6, BLANK: 4}), INCIDENT)
    published_bases = {key: row.base for key, row in rows.items() if row.status == PUBLISHED}
    assert published_bases["I-R", "nonresponse"] == 36
    assert published_bases["incident", "lowest_possible"] == published_bases["incident", "share"] == 30
    assert 40 not in published_bases.values()


def test_nobody_and_few_look_alike() -> None:
    few = published(*states(20, 10, **{BLANK: 4}))["I-R", "blank"]
    assert few == published(*states(20, 10))["I-R", "blank"]


@pytest.mark.parametrize(
    ("left_open", "bound", "value"),
    [
        (0, "at_most", 0.1),
        (3, "at_most", 0.1),
        (4, "at_least", 0.1),
        (9, "at_least", 0.1),
        (10, "at_least", 0.3),
    ],
)
def test_what_was_left_open_is_told_as_a_band(left_open: int, bound: str, value: float) -> None:
    """Of 30: 3 are 10.0 %, 4 are 13.3 %, 9 are 30.0 %, 10 are 33.3 %."""
    row = published(*states(30 - left_open, 0, **{BLANK: left_open}))["I-R", "nonresponse"]
    assert (row.bound, row.value, row.base) == (bound, value, 30 - left_open)
    assert row.ci_low is None


def test_lowest_and_highest_possible_are_rounded_outwards() -> None:
    """85 yes of 157 who answered is 54.1 %; with 16 who did not know 101 of 157 are 64.3 %. Organisations that left
    it open are in the limits of all organisations."""
    units, lines = states(85, 56, **{DONT_KNOW: 16, BLANK: 4, NOT_APPLICABLE: 11})
    rows = published(units, lines, INCIDENT)
    assert (rows["incident", "lowest_possible"].value, rows["incident", "highest_possible"].value) == (
        0.54,
        0.65,
    )
    assert rows["incident", "lowest_possible"].base == 141
    assert rows["incident", "share"].value == approx(85 / 141)
    assert rows["incident", "share_with_dont_know"].value == approx(85 / 157)


def test_a_whole_percent_stays_where_it_is() -> None:
    units, lines = states(29, 61, **{DONT_KNOW: 10})
    rows = published(units, lines, INCIDENT)
    assert (rows["incident", "lowest_possible"].value, rows["incident", "highest_possible"].value) == (
        0.29,
        0.39,
    )


def test_a_mean_stands_at_both_ends_of_its_scale() -> None:
    """30 at 50, 10 silent: 1500/40 = 37.5 and 2500/40 = 62.5."""
    lines = [number(unit, "A-R", 50) for unit in range(30)]
    lines += [special(30 + place, "A-R", DONT_KNOW) for place in range(10)]
    rows = published(40, lines, LISTED)
    assert (rows["listed", "lowest_possible"].value, rows["listed", "highest_possible"].value) == (37, 63)


def test_with_dont_know_in_the_base_the_other_one_leaves_it_out() -> None:
    units, lines = states(20, 20, **{DONT_KNOW: 10})
    inside = replace_base(INCIDENT)
    rows = published(units, lines, inside)
    assert rows["incident", "share"].value == approx(0.4)
    assert rows["incident", "share_without_dont_know"].value == approx(0.5)


def replace_base(indicator: Indicator) -> Indicator:
    return indicator.model_copy(update={"dont_know": "in_base"})


def test_what_is_withheld_does_not_follow_from_the_ends_of_what_is_possible() -> None:
    """4 answered, 26 gave no answer: the share is withheld, and so are its lowest and highest possible values."""
    rows = published(*states(3, 1, **{DONT_KNOW: 20, BLANK: 6}), INCIDENT)
    assert rows["incident", "share"].status == SUPPRESSED
    assert rows["incident", "lowest_possible"].status == SUPPRESSED
    assert rows["incident", "share_with_dont_know"].status == PUBLISHED


def test_few_substantive_answers_are_withheld_even_where_dont_know_is_in_the_base() -> None:
    rows = published(*states(3, 1, **{DONT_KNOW: 20}), replace_base(INCIDENT))
    assert rows["incident", "share"].base == 24
    assert rows["incident", "lowest_possible"].status == SUPPRESSED


def test_what_was_left_open_is_withheld_with_the_answers() -> None:
    rows = published(*states(3, 1, **{BLANK: 26}))
    assert rows["I-R", "nonresponse"].status == SUPPRESSED
    assert rows["I-R", "blank"].value == 26


def test_the_base_that_is_told_reaches_the_threshold_too() -> None:
    """9 were asked: 2 of them did not know and are not published, 3 left it open, and 4 remain in the base."""
    rows = published(*states(2, 2, **{DONT_KNOW: 2, BLANK: 3}))
    assert rows["I-R", "nonresponse"].status == SUPPRESSED
    assert published(*states(3, 2, **{DONT_KNOW: 2, BLANK: 3}))["I-R", "nonresponse"].base == 5


CLOSE = PublishedShare(0.88, 919, 0.005)


def test_a_verdict_that_silence_could_turn_says_so() -> None:
    """70 of 100 is lower than 88 % of 919. With 90 % it would not be, with 68 % it still is."""
    assert compare_share(70, 100, CLOSE, "close", possible=(0.60, 0.90)).flips
    assert not compare_share(70, 100, CLOSE, "close", possible=(0.60, 0.75)).flips
    assert not compare_share(70, 100, CLOSE, "close").flips
    assert not compare_share(70, 100, CLOSE, "loose", possible=(0.0, 1.0)).flips


def test_much_silence_means_no_verdict() -> None:
    assert compare_share(70, 100, CLOSE, "close", much_nonresponse=True).outcome == "much_nonresponse"
    assert compare_share(70, 100, CLOSE, "close").outcome == "lower"
