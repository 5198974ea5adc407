"""Tests that the drawings of tables are where their numbers say, and that a range never looks like a number."""

import pytest

from posture.charts.dumbbell import BenchmarkMark, Dot, DumbbellRow
from posture.charts.strips import (
    PERCENT,
    Axis,
    Line,
    Segment,
    Share,
    change_strip,
    dumbbell_strip,
    stacked_strip,
)


def dot(value: float, low: float | None = None, high: float | None = None, bound: str = "") -> Dot:
    return Dot(value, low, high, "", "/somewhere/", bound)


@pytest.mark.parametrize(("value", "place"), [(0, 0), (50, 50), (100, 100), (-5, 0), (105, 100)])
def test_a_value_is_on_the_axis_and_never_outside(value: float, place: float) -> None:
    assert PERCENT.at(value) == place


def test_an_axis_of_durations_starts_at_its_first_duration() -> None:
    axis = Axis(1, 8, ((1, "Less than 5 minutes"), (8, "We could not stop it")))
    assert (axis.at(1), axis.at(4.5), axis.at(8)) == (0, 50, 100)
    assert axis.marks == [(0, "Less than 5 minutes", "start"), (100, "We could not stop it", "end")]


def test_a_pair_has_its_gap_its_intervals_and_its_symbols() -> None:
    row = DumbbellRow(
        "",
        dot(62, 50, 74),
        dot(34, 22, 48),
        (BenchmarkMark(30, "", is_close=True), BenchmarkMark(21, "", is_close=False)),
    )
    strip = dumbbell_strip(row, PERCENT)
    assert strip.lines == (
        Line("gap", 34, 62),
        Line("interval evidence", 22, 48),
        Line("interval belief", 50, 74),
    )
    assert [(point.kind, point.shape, point.at) for point in strip.points] == [
        ("published", "tick", 30),
        ("published loose", "tick", 21),
        ("evidence", "diamond", 34),
        ("belief", "ring", 62),
    ]


@pytest.mark.parametrize(("bound", "shape"), [("at_most", "arrow-left"), ("at_least", "arrow-right")])
def test_a_bound_has_an_arrow_and_no_gap(bound: str, shape: str) -> None:
    strip = dumbbell_strip(DumbbellRow("", dot(62), dot(34, bound=bound)), PERCENT)
    assert [point.shape for point in strip.points] == [shape, "ring"]
    assert not [line for line in strip.lines if line.kind == "gap"]


def test_a_withheld_value_is_not_drawn() -> None:
    strip = dumbbell_strip(DumbbellRow("", dot(62), None), PERCENT)
    assert [point.kind for point in strip.points] == ["belief"]
    assert strip.lines == ()


def test_exact_parts_have_their_length() -> None:
    parts = [("over", 39.0), ("aligned", 10.0), ("under", 5.0), ("no_evidence", 46.0)]
    strip = stacked_strip([Share(kind, value, "", f"{value:.0f} %") for kind, value in parts])
    assert [(segment.kind, segment.start, segment.width) for segment in strip.segments] == [
        ("over", 0, 39),
        ("aligned", 39, 10),
        ("under", 49, 5),
        ("no_evidence", 54, 46),
    ]


def test_ranges_share_one_piece_without_a_length_of_their_own() -> None:
    shares = [
        Share("over", 48, "at_least", "≥ 48 %"),
        Share("aligned", 21, "", "21 %"),
        Share("under", 5, "at_most", ""),
    ]
    strip = stacked_strip([*shares, Share("no_evidence", 26, "", "26 %")])
    assert strip.segments == (
        Segment("aligned", 0, 21, "21 %"),
        Segment("no_evidence", 21, 26, "26 %"),
        Segment("range", 47, 53),
    )


def test_a_withheld_part_leaves_the_bar_open() -> None:
    shares = [
        Share("over", 24, "at_least", ""),
        Share("under", None, "", "[c]"),
        Share("no_evidence", 23, "", "23 %"),
    ]
    assert stacked_strip(shares).segments == (Segment("no_evidence", 0, 23, "23 %"),)


def test_a_change_goes_from_then_to_now() -> None:
    strip = change_strip(60, 40, PERCENT)
    assert strip.lines == (Line("moved", 40, 60),)
    assert [(point.kind, point.at) for point in strip.points] == [("then", 60), ("now", 40)]
