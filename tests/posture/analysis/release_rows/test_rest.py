"""Tests a cohort against all other organisations, with sums by hand, and the verdicts of a family of differences."""

from typing import Any

import numpy as np
import pytest
from pytest import approx
from scipy.stats import ttest_ind

from posture.analysis.estimates.difference_verdicts import Difference, DifferenceVerdict, family_verdicts
from posture.analysis.estimates.rows import PUBLISHED, Row
from posture.analysis.estimates.weights import Scheme, weigh
from posture.analysis.release_rows.estimates import estimates
from posture.definitions.indicators import Indicator
from posture.methods.intervals import newcombe, wilson
from tests.posture.analysis.small_waves import choice, number, small, wave

K = 5
INCIDENT = Indicator(code="incident", item="I-R", label="Incident", statistic="share", counts=("yes",))
COVERED = Indicator(code="covered", item="A-R", label="Covered", statistic="mean")
SECTORS = ["healthcare"] * 10 + ["retail"] * 14 + [""] * 10
UNITS = len(SECTORS)
YES = {*range(6), *range(20, 30)}


def rest_rows_by_key(yes: set[int], **options: Any) -> dict[tuple[str, str, str], Row]:
    lines = [choice(unit, "I-R", "yes" if unit in yes else "no", informant=1) for unit in range(UNITS)]
    lines += [number(unit, "A-R", 3 * unit, informant=1) for unit in range(UNITS)]
    regions = ["north-america" if unit % 3 == 2 else "europe" for unit in range(UNITS)]
    data = wave(UNITS, lines, sector=SECTORS, region=regions)
    weighting = weigh(data.categories(), options["targets"], Scheme()) if options else None
    rows = estimates(data, small(), (INCIDENT, COVERED), k=K, weighting=weighting)
    return {(row.subject, row.statistic, row.cohort): row for row in rows if row.subject_kind == "indicator"}


def test_a_share_against_the_rest_is_newcombes_difference() -> None:
    """6 of 10 in healthcare, 10 of the 24 others, which include those without a sector."""
    row = rest_rows_by_key(YES)["incident", "share_vs_rest", "sector:healthcare"]
    first, second = wilson(6, 10), wilson(10, 24)
    assert first is not None
    assert second is not None
    interval = newcombe(0.6, first, 10 / 24, second)
    assert (row.value, row.unit, row.base, row.method) == (
        approx(60 - 1000 / 24),
        "points",
        UNITS,
        "newcombe",
    )
    assert (row.ci_low, row.ci_high) == (approx(100 * interval.low), approx(100 * interval.high))
    assert row.p_value is not None
    assert (row.p_value < 0.05) is (interval.low > 0)


def test_its_p_value_is_where_the_interval_touches_zero() -> None:
    row = rest_rows_by_key(YES)["incident", "share_vs_rest", "sector:healthcare"]
    assert row.p_value is not None
    first, second = (wilson(*of, level=1 - row.p_value) for of in ((6, 10), (10, 24)))
    assert first is not None
    assert second is not None
    assert newcombe(0.6, first, 10 / 24, second).low == approx(0, abs=1e-9)


def test_a_mean_against_the_rest_is_welch_s_test() -> None:
    """Against scipy, which agrees with R's t.test: healthcare are 0, 3 to 27, the others 30 to 99."""
    row = rest_rows_by_key(set())["covered", "mean_vs_rest", "sector:healthcare"]
    expected = ttest_ind(3.0 * np.arange(10), 3.0 * np.arange(10, UNITS), equal_var=False)
    interval = expected.confidence_interval(0.95)
    assert (row.value, row.effective_base) == (approx(13.5 - 64.5), approx(expected.df + 1))
    assert (row.ci_low, row.ci_high) == (approx(interval.low), approx(interval.high))
    assert row.p_value == approx(expected.pvalue)


def test_only_beside_exact_numbers_and_a_rest_of_k() -> None:
    """10 organisations have no stated sector, and healthcare and retail are shown. A region of nearly all
    organisations has no rest."""
    rows = rest_rows_by_key(set(range(15)))
    for (_, statistic, cohort), row in rows.items():
        if not statistic.endswith("_vs_rest"):
            continue
        plain = statistic.removesuffix("_vs_rest")
        cohort_row, total = rows[row.subject, plain, cohort], rows[row.subject, plain, "all"]
        if row.status == PUBLISHED:
            assert cohort_row.status == total.status == PUBLISHED
            assert (total.base or 0) - (cohort_row.base or 0) >= K


def test_weighted_against_the_rest_keeps_the_unweighted_beside() -> None:
    targets = {"region": {"europe": 50, "north-america": 50}}
    row = rest_rows_by_key(YES, targets=targets)["incident", "share_vs_rest", "sector:healthcare"]
    europe, america = 17 / 23, 17 / 11
    cohort_share = (europe * 4 + america * 2) / (europe * 7 + america * 3)
    rest = (europe * 6 + america * 4) / (europe * 16 + america * 8)
    assert row.value == round(100 * cohort_share - 100 * rest)
    assert (row.unweighted_value, row.method) == (round(60 - 1000 / 24), "newcombe_jackknife")


def test_where_all_of_a_cohort_say_yes_the_weighted_share_is_not_a_hair_above_one() -> None:
    targets = {"region": {"europe": 7, "north-america": 3}}
    for yes in (set(range(10)), set(range(10, 30)), set(range(9, 24))):
        for row in rest_rows_by_key(yes, targets=targets).values():
            assert row.ci_high is None or row.unit != "points" or row.ci_high <= 100
    row = rest_rows_by_key(set(range(10)), targets=targets)["incident", "share_vs_rest", "sector:healthcare"]
    assert row.status != PUBLISHED, "everybody in a cohort, and nobody else, is told of neither"


def difference(value: float, se: float, p: float, smaller: float = 50, unit: str = "points") -> Difference:
    return Difference(value, se, p, 100, smaller, unit)


def readings(differences: list[Difference], method: str = "BH") -> list[DifferenceVerdict]:
    return family_verdicts(differences, method=method).verdicts


def test_readings_of_a_family() -> None:
    """p .04 alone is clear; beside nine of .5 it is not: the corrected one is .4."""
    assert readings([difference(20, 9.7, 0.04)]) == ["higher"]
    assert readings([difference(-20, 9.7, 0.04)]) == ["lower"]
    together = readings([difference(20, 9.7, 0.04), *[difference(5, 9, 0.5)] * 9])
    assert together[0] == "not_clear_together"
    assert set(together[1:]) == {"no_clear_difference"}


def test_about_the_same_only_by_equivalence() -> None:
    """t(99, .95) = 1.6604: 2 + 1.6604 x 4.8 = 9.97 is inside ten points, with 4.9 it is 10.14."""
    assert readings([difference(2, 4.8, 0.6)]) == ["about_the_same"]
    assert readings([difference(2, 4.9, 0.6)]) == ["no_clear_difference"]
    assert readings([difference(0.1, 0.1, 0.6, unit="bands")]) == ["no_clear_difference"]


@pytest.mark.parametrize(("smaller", "expected"), [(29, "small_base"), (30, "higher")])
def test_no_verdict_from_a_small_base(smaller: float, expected: str) -> None:
    assert readings([difference(20, 5, 0.001, smaller)]) == [expected]


def test_a_small_base_does_not_count_in_the_family() -> None:
    assert readings([difference(20, 9.7, 0.04), *[difference(5, 9, 0.9, 10)] * 30])[0] == "higher"


def test_withheld_and_without_spread() -> None:
    nothing = Difference(None, None, None, None, None, "points")
    assert readings([nothing, Difference(0.0, 0.0, None, 100, 50, "points")]) == [
        "withheld",
        "spread_unknown",
    ]


def test_holm_is_stricter_than_benjamini_and_hochberg() -> None:
    """.01, .02, .03, .04: all are significant by Benjamini and Hochberg, by Holm they are .04, .06, .06, .06."""
    family = [difference(20, 5, p) for p in (0.01, 0.02, 0.03, 0.04)]
    assert readings(family) == ["higher"] * 4
    assert readings(family, method="holm") == ["higher"] + ["not_clear_together"] * 3
