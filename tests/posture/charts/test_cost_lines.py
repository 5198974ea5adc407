"""Tests the drawing of two costs: places computed by hand, and all of it inside its frame."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.charts.cost_lines import NARROW, WIDE, CostChart, Size, cost_chart
from posture.methods.model_cost import ModelOption, break_even

OPTIONS = st.builds(
    ModelOption,
    st.integers(1, 10**16), st.integers(1, 10**18), st.integers(1, 10**6), st.integers(1, 10**9),
)  # fmt: skip
FIRST, SECOND = ModelOption(10, 100, 1, 2), ModelOption(5, 300, 1, 2)


def drawn(first: ModelOption, second: ModelOption, queries: int, size: Size = WIDE) -> CostChart:
    return cost_chart((first, second), break_even(first, second), queries, size)


def test_places_are_linear_in_queries_and_compute() -> None:
    """Break-even 150, entered 200: the right edge is max(200 x 5/4, 150 x 3/2) = 250 queries, where the first option
    takes 6000 + 250 x 40 = 16000, the top, and the second 9000 + 250 x 20 = 14000.

    x of 150   44 + (860 - 44 - 82) x 150 / 250 = 484.4
    y of 12000   400 - 50 - (400 - 62 - 50) x 12000 / 16000 = 134
    y of 6000    350 - 288 x 6 / 16 = 242
    """
    chart = drawn(FIRST, SECOND, 200)
    assert chart.break_even is not None
    assert (chart.break_even.x, chart.break_even.y) == ("484.4", "134.0")
    assert (chart.lines[0].x1, chart.lines[0].y1) == ("44.0", "242.0")
    assert (chart.lines[0].x2, chart.lines[0].y2) == ("778.0", "62.0")
    assert [tick.text for tick in chart.x_ticks] == ["0", "50", "100", "150", "200", "250"]
    assert [tick.text for tick in chart.y_ticks] == ["0", "0.5", "1", "1.5"]
    assert chart.y_unit == "10⁴"


def test_a_break_even_far_beyond_the_queries_is_not_drawn() -> None:
    assert drawn(FIRST, SECOND, 7).break_even is None
    assert drawn(FIRST, SECOND, 8).break_even is not None


def test_without_queries_the_drawing_still_has_a_width() -> None:
    """Without break-even: both costs of the first option are equal at 6000 / 40 = 150, the middle of 300."""
    chart = drawn(FIRST, ModelOption(20, 100, 1, 2), 0)
    assert chart.x_ticks[-1].text == "300"


def test_names_of_lines_with_equal_ends_stay_apart() -> None:
    places = [float(line.label) for line in drawn(FIRST, FIRST, 100).lines]
    assert places[1] - places[0] == 18


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=lambda size: size.name)
@given(first=OPTIONS, second=OPTIONS, queries=st.integers(0, 10**18))
def test_everything_is_inside_the_frame(
    size: Size, first: ModelOption, second: ModelOption, queries: int
) -> None:
    chart = drawn(first, second, queries, size)
    x = [chart.queries.x, *(tick.at for tick in chart.x_ticks)]
    y = [tick.at for tick in chart.y_ticks]
    for line in chart.lines:
        x += [line.x1, line.x2]
        y += [line.y1, line.y2]
    if chart.break_even:
        x.append(chart.break_even.x)
        y.append(chart.break_even.y)
    assert all(size.left <= float(one) <= chart.right for one in x)
    assert all(size.top <= float(one) <= chart.bottom for one in y)
    assert 1 <= len(chart.x_ticks) <= 6
    assert Fraction(0) in {Fraction(tick.text) for tick in chart.y_ticks}
