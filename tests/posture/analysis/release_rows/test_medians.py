"""Tests medians of time bands and the signed-rank test of their gaps: when they are published, and their values."""

import numpy as np
from pytest import approx

from posture.analysis.estimates.rows import PUBLISHED, SUPPRESSED, Row
from posture.analysis.estimates.weights import Scheme, weigh
from posture.analysis.release_rows.estimates import estimates
from posture.methods.signed_rank import signed_rank_p
from tests.posture.analysis.small_waves import choice, shipped, wave

K = 5
PAIR = "INC-P2"
NAMES = ("belief_median", "evidence_median", "gap_median")
BANDS = {option.band: option.code for option in shipped().item("INC-R5").options if option.band}


def rows_of_pairs(pairs: list[tuple[int, int]], *, k: int = K, is_weighted: bool = False) -> dict[str, Row]:
    """Returns rows of organisations whose belief is in one band and whose record is in another."""
    lines = [
        line
        for unit, (belief, evidence) in enumerate(pairs)
        for line in (
            choice(unit, "INC-C2", BANDS[belief], informant=0),
            choice(unit, "INC-R5", BANDS[evidence], informant=1),
        )
    ]
    region = ["europe", "north-america"] * (len(pairs) // 2)
    data = wave(len(pairs), lines, region=region)
    weighting = None
    if is_weighted:
        weighting = weigh(data.categories(), {"region": {"europe": 70, "north-america": 30}}, Scheme())
    rows = estimates(data, shipped(), (), k=k, weighting=weighting)
    return {row.statistic: row for row in rows if row.subject == PAIR and row.cohort == "all"}


# Twelve each are slower by one band and by two, as fast as believed, and faster by one.
FOUR_KINDS = [(2, 3)] * 12 + [(3, 5)] * 12 + [(4, 4)] * 12 + [(5, 4)] * 12


def test_the_median_is_the_band_in_the_middle_with_the_test_of_the_gaps() -> None:
    rows = rows_of_pairs(FOUR_KINDS)
    assert [rows[name].value for name in NAMES] == [3, 4, 0]
    assert [rows[name].base for name in NAMES] == [48] * 3
    expected = signed_rank_p(np.repeat([1.0, 2.0, 0.0, -1.0], 12))
    assert rows["gap_median"].p_value == approx(expected, abs=0.0005)
    assert (rows["gap_median"].method, rows["belief_median"].method) == ("signed_rank", "median")
    assert rows["belief_median"].p_value is None


def test_half_of_the_base_is_at_least_k() -> None:
    assert rows_of_pairs(FOUR_KINDS, k=24)["belief_median"].status == PUBLISHED
    assert rows_of_pairs(FOUR_KINDS, k=25)["belief_median"].status == SUPPRESSED
    assert rows_of_pairs(FOUR_KINDS, k=25)["belief"].status == PUBLISHED


def test_a_band_of_three_or_fewer_is_not_named() -> None:
    """Of 23 organisations the twelfth is alone in the middle band: naming that band would reveal the answer of one
    organisation."""
    rows = rows_of_pairs([(2, 3)] * 11 + [(4, 4)] * 2 + [(6, 5)] * 11)
    assert rows["belief_median"].status == SUPPRESSED
    assert rows["belief_median"].value is None


def test_nothing_is_told_where_the_mean_is_a_range() -> None:
    """All believe the same: the mean of belief is published as a range, and its median is withheld."""
    rows = rows_of_pairs([(1, 4)] * 12 + [(1, 2)] * 12)
    assert rows["belief"].bound
    assert rows["belief_median"].status == SUPPRESSED
    assert rows["gap_median"].status == SUPPRESSED, "nobody is faster, which is told as at most three"


def test_in_a_weighted_release_each_organisation_counts_once() -> None:
    plain, weighted = rows_of_pairs(FOUR_KINDS), rows_of_pairs(FOUR_KINDS, is_weighted=True)
    assert weighted["belief_median"].status == PUBLISHED
    assert [weighted[name].value for name in NAMES] == [plain[name].value for name in NAMES]
