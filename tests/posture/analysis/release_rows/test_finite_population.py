"""Tests rows of a release with the finite-population correction: from published numbers only, against sums by
hand."""

import math
from dataclasses import replace

import pytest
from pytest import approx

from posture.analysis.estimates.reasons import Reason
from posture.analysis.estimates.rows import SUPPRESSED, Row, identity
from posture.analysis.release_rows.estimates import estimates
from posture.analysis.release_rows.finite_population import FinitePopulation
from posture.definitions.indicators import Indicator
from posture.methods.intervals import Interval, newcombe, tango, wilson
from posture.methods.survey import t_p_value, t_quantile
from tests.posture.analysis.small_waves import choice, number, small, wave

K = 5
UNITS, FRAME = 40, 50
FRACTION = UNITS / FRAME
SECTORS = ["healthcare"] * 16 + ["retail"] * 24
INCIDENT = Indicator(code="incident", item="I-R", label="Incident", statistic="share", counts=("yes",))
COVERED = Indicator(code="covered", item="A-R", label="Covered", statistic="mean")
Rows = dict[tuple[str, str, str, str], Row]


def plain_rows() -> list[Row]:
    """Returns rows of two people in each of 40 organisations: 18 have an incident on record, 16 believe in one, 8
    both. So many differ either way in each sector that no number is published as a range."""
    lines = []
    for unit in range(UNITS):
        lines.append(choice(unit, "I-R", "yes" if unit % 20 < 9 else "no", basis="exported", informant=1))
        lines.append(choice(unit, "I-C", "yes" if 5 <= unit % 20 < 13 else "no"))
        lines.append(number(unit, "A-R", 20 + (7 * unit) % 60, basis="exported", informant=1))
        lines.append(number(unit, "A-C", 30 + (11 * unit) % 60))
    data = wave(UNITS, lines, sector=SECTORS)
    return estimates(data, small(), (INCIDENT, COVERED), k=K)


def keyed(rows: list[Row]) -> Rows:
    return {(row.subject, row.statistic, row.option, row.cohort): row for row in rows}


@pytest.fixture(scope="module")
def plain() -> Rows:
    return keyed(plain_rows())


@pytest.fixture(scope="module")
def corrected() -> Rows:
    return keyed(FinitePopulation(FRAME).corrected(plain_rows()))


def limits(row: Row) -> tuple[float, float]:
    assert row.ci_low is not None
    assert row.ci_high is not None
    return row.ci_low, row.ci_high


def ends(interval: Interval | None, times: float = 1) -> tuple[float, float]:
    assert interval is not None
    return approx(times * interval.low), approx(times * interval.high)


def test_values_and_bases_stay(plain: Rows, corrected: Rows) -> None:
    assert plain.keys() == corrected.keys()
    for key, row in plain.items():
        assert (row.value, row.base, row.status, row.bound) == (
            corrected[key].value,
            corrected[key].base,
            corrected[key].status,
            corrected[key].bound,
        )


def test_a_share_of_all_stands_on_cochrans_base(corrected: Rows) -> None:
    """18 of 40, of a frame of 50: 40 * 49 / 10 = 196."""
    row = corrected["incident", "share", "", "all"]
    assert (row.value, row.effective_base, row.method) == (0.45, approx(196), "wilson_fpc")
    assert limits(row) == ends(wilson(0.45 * 196, 196))
    assert row.se == approx(math.sqrt(0.45 * 0.55 / 40 * 10 / 49))


def test_a_cohort_is_as_large_a_part_of_the_frame_as_all_are(corrected: Rows) -> None:
    """16 of 40 in healthcare, so 20 of 50: 9 of 16, on 16 * 19 / 4 = 76."""
    row = corrected["incident", "share", "", "sector:healthcare"]
    assert (row.value, row.effective_base) == (9 / 16, approx(76))
    assert limits(row) == ends(wilson(9 / 16 * 76, 76))


def test_a_mean_has_a_fifth_of_its_variance(plain: Rows, corrected: Rows) -> None:
    before, after = (rows["covered", "mean", "", "sector:retail"] for rows in (plain, corrected))
    assert before.se is not None
    assert after.value is not None
    se = before.se * math.sqrt(0.2)
    assert (after.se, after.method, after.effective_base) == (approx(se), "t_fpc", None)
    reach = t_quantile(0.95, 23) * se
    assert limits(after) == (approx(after.value - reach), approx(after.value + reach))


def test_a_gap_is_tested_with_its_smaller_error(plain: Rows, corrected: Rows) -> None:
    before, after = (rows["A-P", "gap", "", "all"] for rows in (plain, corrected))
    assert before.se is not None
    assert after.value is not None
    assert after.se == approx(before.se * math.sqrt(0.2))
    assert after.p_value == approx(t_p_value(after.value / after.se, 39))


def test_paired_shares_are_counted_as_often_as_the_base_grows(plain: Rows, corrected: Rows) -> None:
    """Counts by hand from the lines above; Tango's interval of 196 / 40 times as many."""
    record = {unit for unit in range(UNITS) if unit % 20 < 9}
    belief = {unit for unit in range(UNITS) if 5 <= unit % 20 < 13}
    only_record, only_belief = len(record - belief), len(belief - record)
    after = corrected["I-P", "gap", "", "all"]
    assert after.value == approx(100 * (only_record - only_belief) / UNITS)
    times = 196 / 40
    neither = UNITS - len(record | belief)
    interval = tango(
        times * len(record & belief),
        times * only_record,
        times * only_belief,
        times * neither,
    )
    assert limits(after) == (
        approx(ends(interval, 100)[0], abs=1e-6),
        approx(ends(interval, 100)[1], abs=1e-6),
    )
    assert after.p_value == plain["I-P", "gap", "", "all"].p_value, "the exact test knows no frame"


def test_shares_against_the_rest(corrected: Rows) -> None:
    """Healthcare 9 of 16 on 76, the others 9 of 24, so 24 of 30, on 24 * 29 / 6 = 116."""
    row = corrected["incident", "share_vs_rest", "", "sector:healthcare"]
    first, second = wilson(9 / 16 * 76, 76), wilson(9 / 24 * 116, 116)
    assert first is not None
    assert second is not None
    assert limits(row) == ends(newcombe(9 / 16, first, 9 / 24, second), 100)
    assert row.method == "newcombe_fpc"


def test_means_against_the_rest_keep_their_degrees_of_freedom(plain: Rows, corrected: Rows) -> None:
    before, after = (rows["covered", "mean_vs_rest", "", "sector:healthcare"] for rows in (plain, corrected))
    assert before.se is not None
    assert before.value is not None
    assert after.se == approx(before.se * math.sqrt(0.2))
    half = (limits(before)[1] - before.value) * math.sqrt(0.2)
    assert limits(after) == (approx(before.value - half), approx(before.value + half))


def test_degrees_of_freedom_that_are_not_the_base_less_one_are_kept() -> None:
    """Welch's 12.3, which the effective base of the row shows."""
    reach = t_quantile(0.95, 12.3) * 4
    row = Row(
        "indicator", "covered", "mean_vs_rest", "", "sector:retail", "points", 0.95, base=UNITS, value=9.0, se=4.0,
        ci_low=9 - reach, ci_high=9 + reach, p_value=t_p_value(9 / 4, 12.3), effective_base=13.3, method="contrast",
    )  # fmt: skip
    after = FinitePopulation(FRAME).corrected([row])[0]
    se = 4 * math.sqrt(0.2)
    assert after.p_value == approx(t_p_value(9 / se, 12.3))
    assert limits(after)[1] == approx(9 + t_quantile(0.95, 12.3) * se)


def test_a_frame_that_answered_as_a_whole_has_no_interval_but_the_value() -> None:
    corrected_rows = keyed(FinitePopulation(UNITS).corrected(plain_rows()))
    for subject, statistic in (("incident", "share"), ("covered", "mean"), ("I-P", "gap")):
        row = corrected_rows[subject, statistic, "", "all"]
        assert row.value is not None
        assert (row.se, *limits(row)) == (approx(0, abs=1e-12), approx(row.value), approx(row.value))
        assert row.effective_base is None
        assert row.p_value is None


def test_what_is_withheld_told_as_a_range_or_without_an_error_is_left_as_it_was(
    plain: Rows, corrected: Rows
) -> None:
    untouched = [row for row in plain.values() if row.status == SUPPRESSED or row.bound or row.value is None]
    assert untouched
    assert all(row in corrected.values() for row in untouched)
    for row in plain.values():
        if row.method in ("count", "band", "possible"):
            assert row in corrected.values()


def test_without_the_number_of_all_a_cohort_is_not_corrected() -> None:
    """Its base among all organisations would follow from the correction."""
    rows = plain_rows()
    hidden = [
        row.suppressed(Reason.THRESHOLD)
        if row.subject == "incident" and row.statistic == "share" and row.cohort == "all"
        else row
        for row in rows
    ]
    corrected_rows = keyed(FinitePopulation(FRAME).corrected(hidden))
    retail = corrected_rows["incident", "share", "", "sector:retail"]
    assert retail.method == "wilson"
    assert retail in rows


def test_only_published_numbers_go_into_it() -> None:
    """A row that no reader sees may have any value: the corrected rows stay the same."""
    rows = plain_rows()
    secret = [replace(row, method="t", se=99.0) if row.status == SUPPRESSED else row for row in rows]
    first, second = (
        {identity(row): row for row in FinitePopulation(FRAME).corrected(published_rows)}
        for published_rows in (rows, secret)
    )
    assert all(first[key] == second[key] for key in first if first[key].status != SUPPRESSED)
