"""Tests how the pairs of an organisation divide, and the words for it."""

import pytest

from posture.reports.own_verdict import Division


def test_each_kind_counts_once_and_the_bar_is_full() -> None:
    division = Division.of(
        ["over", "over", "aligned", "unrecorded", "weak", "estimated", "incomplete", "single"]
    )
    assert division.counts == {"over": 2, "aligned": 1, "under": 0, "differs": 1, "no_evidence": 4}
    assert (division.total, division.compared) == (8, 4)
    assert sum(segment.width for segment in division.strip.segments) == pytest.approx(100)


@pytest.mark.parametrize(
    ("kinds", "headline"),
    [
        ([], "Nothing can be compared yet"),
        (["incomplete", "no_evidence"], "Nothing can be compared yet"),
        (["over", "no_evidence", "no_evidence"], "Most beliefs have no record behind them"),
        (["over", "over", "under"], "Belief goes further than the records"),
        (["over", "under", "under"], "The records show more than is believed"),
        (["aligned", "aligned", "no_evidence"], "Belief and records mostly agree"),
        (["over", "under"], "Belief and records differ both ways"),
    ],
)
def test_the_headline_follows_the_division(kinds: list[str], headline: str) -> None:
    assert Division.of(kinds).headline == headline


def test_the_verdict_counts_what_the_headline_says() -> None:
    verdict = Division.of(["over"] * 7 + ["aligned"] + ["weak"] * 7).verdict
    assert str(verdict) == (
        "In 7 of 15 pairs the belief is more favourable than the record, in 1 both agree. For 7 pairs the record is"
        " missing or can't be relied on."
    )
    assert {part.address for part in verdict.numbers} == {"#topics"}
