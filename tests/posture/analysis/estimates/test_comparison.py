import pytest

from posture.analysis.estimates.comparison import PublishedShare, compare_share, corrected_for_family, verdict
from posture.validation.report import rows
from tests.posture.methods.test_validation import FOLDER


def reference_rows() -> list[dict[str, str]]:
    return rows(FOLDER / "benchmark_verdicts.csv")


GRAVITEE_82 = PublishedShare(0.82, None, 0.005)


def test_a_withheld_share_gets_no_verdict() -> None:
    assert compare_share(None, None, GRAVITEE_82, "close").outcome == "withheld"
    assert compare_share(0, 0, GRAVITEE_82, "close").outcome == "withheld"


def test_a_loose_or_disputed_figure_gets_no_verdict() -> None:
    disputed = PublishedShare(0.21, None, 0.005, is_disputed=True)

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
    assert (
        compare_share(successes, base, PublishedShare(printed, base, 0.005), "same_data").outcome == outcome
    )


def test_at_most_is_checked_as_a_limit() -> None:
    limit = PublishedShare(0.5, 68, 0.005, at_most=True)

    assert compare_share(35, 68, limit, "same_data").outcome == "not_reproduced"
    assert compare_share(31, 68, limit, "same_data").outcome == "reproduced"


@pytest.mark.parametrize(
    ("row"), reference_rows(), ids=lambda row: f"{row['x']}/{row['n']}-{row['benchmark_p']}"
)
def test_the_p_value_agrees_with_the_interval(row: dict[str, str]) -> None:
    """Below 5 % exactly where the reference's widened 95 % interval excludes zero, below 10 % for its 90 %."""
    base = int(row["benchmark_n"]) if row["benchmark_n"] else None
    outcome = verdict(
        int(row["x"]),
        int(row["n"]),
        PublishedShare(float(row["benchmark_p"]), base, float(row["rounding_halfwidth"])),
    )
    assert outcome.p is not None
    for level, limit in (("95", 0.05), ("90", 0.1)):
        excludes = float(row[f"lower{level}_widened"]) > 0 or float(row[f"upper{level}_widened"]) < 0
        assert (outcome.p < limit) is excludes


def test_one_surprise_among_many_comparisons_is_not_clear() -> None:
    """23 of 200 against a fixed 17 %: clear alone, but not among nine others that differ by nothing."""
    surprise = verdict(23, 200, PublishedShare(0.17, None, 0.0))
    nothing = verdict(34, 200, PublishedShare(0.17, None, 0.0))
    assert surprise.outcome == "lower"
    assert 0.01 < (surprise.p or 1) < 0.05
    assert nothing.p == 1
    assert corrected_for_family([surprise])[0].outcome == "lower"
    assert corrected_for_family([surprise, *[nothing] * 9])[0].outcome == "not_clear_together"


def test_what_was_not_tested_is_not_in_the_family() -> None:
    surprise = verdict(23, 200, PublishedShare(0.17, None, 0.0))
    untested = compare_share(23, 200, PublishedShare(0.17, None, 0.0), "loose")
    assert untested.p is None
    assert corrected_for_family([surprise, *[untested] * 9])[0].outcome == "lower"
