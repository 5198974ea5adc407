import pytest

from posture.analysis.comparison import Published, compare_share

GRAVITEE_82 = Published(0.82, None, 0.005)


def test_a_withheld_share_gets_no_verdict() -> None:
    assert compare_share(None, None, GRAVITEE_82, "close").outcome == "withheld"
    assert compare_share(0, 0, GRAVITEE_82, "close").outcome == "withheld"


def test_a_loose_or_disputed_figure_gets_no_verdict() -> None:
    disputed = Published(0.21, None, 0.005, is_disputed=True)

    assert compare_share(30, 60, GRAVITEE_82, "loose").outcome == "not_like_for_like"
    assert compare_share(30, 60, disputed, "close").outcome == "not_like_for_like"


@pytest.mark.parametrize(
    ("successes", "base", "outcome"), [(3, 29, "small_base"), (3, 30, "lower"), (15, 30, "small_base")]
)
def test_a_verdict_needs_a_base_of_30_and_an_interval_under_30_points(
    successes: int, base: int, outcome: str
) -> None:
    # 3/30: Wilson 3.5 to 25.6, 22 points wide. 15/30: 33.2 to 66.8, 34 points wide.
    assert compare_share(successes, base, GRAVITEE_82, "close").outcome == outcome


@pytest.mark.parametrize(
    ("successes", "base", "printed", "outcome"),
    [
        (59, 68, 0.86, "reproduced_cut"),  # 86.76 %
        (22, 46, 0.47, "reproduced_cut"),  # 47.83 %
        (2, 46, 0.04, "reproduced"),  # 4.35 %
        (38, 71, 0.55, "not_reproduced"),  # 53.52 %
    ],
)
def test_a_figure_from_the_same_answers_is_checked_by_arithmetic(
    successes: int, base: int, printed: float, outcome: str
) -> None:
    assert compare_share(successes, base, Published(printed, base, 0.005), "same_data").outcome == outcome


def test_at_most_is_checked_as_a_limit() -> None:
    limit = Published(0.5, 68, 0.005, at_most=True)

    assert compare_share(35, 68, limit, "same_data").outcome == "not_reproduced"
    assert compare_share(31, 68, limit, "same_data").outcome == "reproduced"
