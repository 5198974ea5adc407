"""Tests the rank of first actions against scores computed by hand."""

import pytest

from posture.reports.first_actions import PairResult, first_actions
from posture.stored_definitions.actions import actions_of

IMPORTANCE = {"A": 5, "B": 4, "C": 3, "D": 2, "E": 1, "F": 5}


def ranked(*results: PairResult) -> list[tuple[str, str, float]]:
    return [(entry.pair, entry.type, entry.score) for entry in first_actions(results, IMPORTANCE)]


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        # 5/5 x 30/50 x 1.
        (PairResult("A", "over", 30, "percent"), ("A", "over", 0.6)),
        # 4/5 x 1, because 80 points are more than 50, x 1.
        (PairResult("B", "over", 80, "percent"), ("B", "over", 0.8)),
        # 5/5 x 3 of 4 bands x 1.
        (PairResult("A", "over", 3, "ordinal_time"), ("A", "over", 0.75)),
        # 5/5 x 1, because 7 bands are more than 4, x 1.
        (PairResult("A", "over", 7, "ordinal_time"), ("A", "over", 1.0)),
        # 3/5 x 0.6 for yes and no x 1, with and without the number.
        (PairResult("C", "over", 1, "binary"), ("C", "over", 0.36)),
        (PairResult("C", "over", None, "binary_derived"), ("C", "over", 0.36)),
        (PairResult("C", "over", None, "informant"), ("C", "over", 0.36)),
        # 5/5 x 40/50 x a quarter, because the record is better than believed.
        (PairResult("A", "under", -40, "percent"), ("A", "under", 0.2)),
        # 5/5 x 0.6 x 1: a suspected incident without a record counts in full.
        (PairResult("A", "under", None, "informant"), ("A", "disagreement", 0.6)),
        # 5/5 x 0.5 for an unknown gap x 0.8, 0.6 and 0.5.
        (PairResult("A", "estimated", 45, "percent"), ("A", "estimated", 0.4)),
        (PairResult("A", "weak", None, "binary_derived"), ("A", "weak", 0.3)),
        (PairResult("A", "no_evidence", None, "percent"), ("A", "no_evidence", 0.25)),
        (PairResult("A", "dont_know", None, "ordinal_time"), ("A", "dont_know", 0.25)),
        # 5/5 x 20/50 x 0.7 for one informant; then x a quarter.
        (PairResult("A", "single", 20, "percent"), ("A", "over", 0.28)),
        (PairResult("A", "single", -20, "percent"), ("A", "under", 0.07)),
        (PairResult("A", "single", -1, "informant"), ("A", "disagreement", 0.42)),
        # 5/5 x 0.5 x 1: over-confident by an unknown number of points.
        (PairResult("A", "over", None, "percent"), ("A", "over", 0.5)),
    ],
)
def test_a_score_is_importance_by_gap_by_quality(
    result: PairResult, expected: tuple[str, str, float]
) -> None:
    assert ranked(result) == [expected]


@pytest.mark.parametrize(
    "result",
    [
        PairResult("A", "aligned", 9, "percent"),
        PairResult("A", "incomplete", None, "percent"),
        PairResult("A", "over", 60, "percent", has_direction=False),
        PairResult("A", "dont_know", None, "percent", has_direction=False),
        PairResult("A", "single", 10, "percent"),
        PairResult("A", "single", 0, "ordinal_time"),
        PairResult("A", "single", None, "percent"),
        PairResult("of another questionnaire", "over", 60, "percent"),
    ],
)
def test_what_is_aligned_or_has_no_direction_has_no_entry(result: PairResult) -> None:
    assert ranked(result) == []


def test_the_five_highest_scores_are_listed() -> None:
    found = ranked(
        PairResult("E", "over", 50, "percent"),  # 1/5 x 1 = 0.2
        PairResult("D", "dont_know", None, "percent"),  # 2/5 x 0.25 = 0.1
        PairResult("C", "over", 2, "ordinal_time"),  # 3/5 x 0.5 = 0.3
        PairResult("B", "over", 25, "percent"),  # 4/5 x 0.5 = 0.4
        PairResult("A", "over", 15, "percent"),  # 5/5 x 0.3 = 0.3
        PairResult("F", "under", -50, "percent"),  # 5/5 x 0.25 = 0.25
    )
    assert found == [
        ("B", "over", 0.4),
        ("A", "over", 0.3),
        ("C", "over", 0.3),
        ("F", "under", 0.25),
        ("E", "over", 0.2),
    ]


def test_ties_are_decided_by_importance_then_gap_then_code() -> None:
    # All 0.3: A and F 5/5 x 0.3, C 3/5 x 0.5; and F 5/5 x 0.5 x 0.6 of weak evidence.
    by_code = (PairResult("F", "over", 15, "percent"), PairResult("A", "over", 15, "percent"))
    assert [pair for pair, *_ in ranked(PairResult("C", "over", 25, "percent"), *by_code)] == ["A", "F", "C"]
    by_gap = (PairResult("A", "over", 15, "percent"), PairResult("F", "weak", None, "binary_derived"))
    assert ranked(*by_gap) == [("F", "weak", 0.3), ("A", "over", 0.3)]


def test_the_order_of_the_results_does_not_matter() -> None:
    results = [PairResult(pair, "over", 20, "percent") for pair in IMPORTANCE]
    assert ranked(*results) == ranked(*results[::-1])


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        ranked(PairResult("A", "perfect", 1, "percent"))


def test_each_type_has_a_step_in_the_action_file() -> None:
    actions = actions_of("ai-agent-security")
    importance = {code: action.importance for code, action in actions.items()}
    results = [
        PairResult("INV-P1", "over", 30, "percent"),
        PairResult("INC-P1", "under", None, "informant"),
        PairResult("POL-P1", "weak", None, "binary_derived"),
        PairResult("IAM-P2", "dont_know", None, "percent"),
        PairResult("ECO-P1", "over", 60, "percent", has_direction=False),
    ]
    entries = first_actions(results, importance)
    assert [(entry.pair, entry.type) for entry in entries] == [
        ("INC-P1", "disagreement"),
        ("INV-P1", "over"),
        ("IAM-P2", "dont_know"),
        ("POL-P1", "weak"),
    ]
    assert all(actions[entry.pair].step(entry.type) for entry in entries)
