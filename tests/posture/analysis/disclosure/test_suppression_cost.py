"""Tests the reasons why a number is not published exactly, and their counts, in waves written by hand."""

from collections.abc import Sequence

import numpy as np
import pytest

from posture.analysis.answers.wave_data import BLANK
from posture.analysis.disclosure.bounds import protected_row
from posture.analysis.disclosure.decisions import RowDecision
from posture.analysis.disclosure.linear_constraints.counts import Derivation
from posture.analysis.disclosure.sums_of_numbers import Exactness, Number
from posture.analysis.disclosure.suppression import CellKey, Protected, Search, bits, reasons_to_withhold
from posture.analysis.disclosure.suppression_cost import suppression_cost
from posture.analysis.estimates.quantities import share
from posture.analysis.estimates.reasons import PUBLIC, SENTENCES, PublicReason, Reason
from posture.analysis.estimates.rows import PUBLISHED, SUPPRESSED, Row
from posture.analysis.release_rows.estimates import estimates
from surveys.instrument.cohorts import ALL
from tests.posture.analysis.small_waves import Line, choice, number, small, special, wave

K = 5
RowsByKey = dict[tuple[str, str, str, str], Row]


def rows_of(units: int, lines: list[Line], **dimensions: list[str]) -> list[Row]:
    return estimates(wave(units, lines, **dimensions), small(), (), k=K)


def named(rows: Sequence[Row]) -> RowsByKey:
    return {(row.subject, row.statistic, row.option, row.cohort): row for row in rows}


def numbers(units: int) -> list[Line]:
    return [number(unit, "A-C", 10 + 3 * unit) for unit in range(units)]


def yes_or_no(yes: Sequence[int], units: int) -> list[Line]:
    return [choice(unit, "I-R", "yes" if unit in yes else "no", informant=1) for unit in range(units)]


def a_row(**columns: object) -> Row:
    return Row("item", "A", "share", "yes", ALL, "share", 0.95, base=20, value=0.5).changed(**columns)


@pytest.mark.parametrize("base", [0, 1, K - 1])
def test_a_base_below_the_threshold_and_an_empty_one_have_one_reason(base: int) -> None:
    row = named(rows_of(20, numbers(base)))["A-C", "mean", "", ALL]
    assert (row.status, row.reason) == (SUPPRESSED, Reason.THRESHOLD)


def test_a_base_of_the_threshold_has_none() -> None:
    row = named(rows_of(20, numbers(K)))["A-C", "mean", "", ALL]
    assert (row.status, row.reason) == (PUBLISHED, None)


def test_a_cohort_beside_a_small_one_is_a_complement() -> None:
    """Total minus technology and retail leaves the four of healthcare; retail is the smallest of the other
    sectors."""
    sectors = ["healthcare"] * (K - 1) + ["retail"] * 7 + ["technology"] * 12
    rows = named(rows_of(23, numbers(23), sector=sectors))
    reasons = {
        code: rows["A-C", "mean", "", f"sector:{code}"].reason
        for code in ("healthcare", "retail", "technology")
    }
    assert reasons == {"healthcare": Reason.THRESHOLD, "retail": Reason.COMPLEMENT, "technology": None}


def test_a_count_within_three_of_nobody_or_everybody_is_an_extreme() -> None:
    rows = named(rows_of(20, yes_or_no(range(2), 20)))
    for option in ("yes", "no"):
        row = rows["I-R", "share", option, ALL]
        assert (bool(row.bound), row.reason) == (True, Reason.EXTREMES)


def test_a_count_from_which_an_extreme_would_follow() -> None:
    """Two of 20 in healthcare would follow from the twelve of all minus the ten of technology. Nobody says "don't
    know", which must not be published either, so the count of all is exact and its base is not."""
    sectors = ["healthcare"] * 20 + ["technology"] * 20
    rows = named(rows_of(40, yes_or_no([0, 1, *range(20, 30)], 40), sector=sectors))
    reasons = {
        cohort: rows["I-R", "share", "yes", cohort].reason
        for cohort in (ALL, "sector:healthcare", "sector:technology")
    }
    assert reasons == {
        ALL: Reason.BESIDE_FEW,
        "sector:healthcare": Reason.EXTREMES,
        "sector:technology": Reason.FOLLOWS,
    }


def test_a_published_base_below_the_threshold_is_a_reason_of_its_own() -> None:
    base, others = np.ones(12, dtype=bool), np.arange(12) < 8
    few = Number(8.0, 12, 1.0, Exactness.CAPPED, scoring=8, short=4)
    decision = RowDecision(Exactness.RANGED, few, few, others, few, reason=Reason.EXTREMES)
    blank = Row("item", "A", "", "", ALL, "", 0.95)
    row = protected_row(share("share", np.arange(12) < 6), blank, base, decision, k=K)
    assert (row.status, row.reason) == (SUPPRESSED, Reason.FEW_PUBLISHABLE)


def test_dominance_is_a_reason_only_where_the_base_is_large_enough() -> None:
    reasons = reasons_to_withhold([dominated(size) for size in (K, K - 1)], k=K)
    assert reasons == {0: Reason.DOMINANCE, 1: Reason.THRESHOLD}


def dominated(size: int) -> Protected:
    members = bits(np.arange(64) < size)
    return Protected(size, ALL, ALL, 1, size, ((f"x{size}", members),), is_dominated=True)


def test_what_the_audit_found_stays_its_reason() -> None:
    members = bits(np.arange(64) < K)
    search = Search([Protected(0, ALL, ALL, 1, K, (("x", members),)), dominated(K)], K, {})
    extended = search.without({CellKey(0, ALL), CellKey(K, ALL)}, Reason.AUDIT_GROUPS)
    assert extended.reasons == {0: Reason.AUDIT_GROUPS, 1: Reason.DOMINANCE}
    assert search.reasons == {1: Reason.DOMINANCE}


def test_a_count_of_blanks_gives_way_before_the_answers_of_an_item() -> None:
    """8 of 20 leave I-C open and 3 A-C. Twelve answers and eight blanks make 20, and 20 minus 17 is three."""
    lines = [number(unit, "A-C", 10 + 3 * unit) for unit in range(17)]
    lines += [special(unit, "A-C", BLANK) for unit in range(17, 20)]
    lines += [choice(unit, "I-C", "yes" if unit < 6 else "no") for unit in range(12)]
    lines += [special(unit, "I-C", BLANK) for unit in range(12, 20)]
    data = wave(20, lines)
    before, after = (
        named(estimates(data, small(), (), k=K, derivations=derivations))
        for derivations in ([], [Derivation("A-C blank", ALL)])
    )
    blanks = ("I-C", "blank", "", ALL)
    assert (before[blanks].value, after[blanks].reason) == (8, Reason.AUDIT_GROUPS)
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {blanks}


def test_the_first_reason_stays_and_is_no_column() -> None:
    row = a_row().suppressed(Reason.THRESHOLD)
    assert row.suppressed(Reason.COMPLEMENT).reason == Reason.THRESHOLD
    assert row == a_row().suppressed(Reason.COMPLEMENT)
    assert "reason" not in row.as_columns()


def test_exactly_the_rows_that_are_not_exact_have_a_reason() -> None:
    sectors = ["healthcare"] * 4 + ["retail"] * 9 + ["technology"] * 27
    lines = numbers(40) + yes_or_no([0, 1, *range(20, 30)], 40)
    rows = rows_of(40, lines, sector=sectors)
    for row in rows:
        assert (row.reason is None) == (row.status == PUBLISHED and not row.bound), row
    assert sum(kind.total for kind in suppression_cost(rows).kinds) == len(rows)


def test_counts_by_kind_and_reason() -> None:
    rows = [
        a_row(),
        a_row(cohort="sector:a"),
        a_row(cohort="sector:b", bound="at_most", reason=Reason.EXTREMES),
        *(a_row().suppressed(reason) for reason in (Reason.THRESHOLD, Reason.THRESHOLD, Reason.COMPLEMENT)),
        a_row(statistic="mean").suppressed(Reason.FOLLOWS),
    ]
    cost = suppression_cost(rows)
    shares, means = cost.kinds
    assert (shares.exact, shares.ranges) == (2, {Reason.EXTREMES: 1})
    assert shares.withheld == {Reason.THRESHOLD: 2, Reason.COMPLEMENT: 1}
    assert (means.exact, means.ranges, means.withheld, means.total) == (0, {}, {Reason.FOLLOWS: 1}, 1)
    assert list(cost.public_counts()) == [
        ("item", "share", "exact", "", 2),
        ("item", "share", "range", PublicReason.ANSWERS, 1),
        ("item", "share", "withheld", PublicReason.ORGANIZATIONS, 3),
        ("item", "mean", "exact", "", 0),
        ("item", "mean", "withheld", PublicReason.ANSWERS, 1),
    ]


def test_a_row_without_a_reason_is_refused() -> None:
    with pytest.raises(ValueError, match="A share all has no reason"):
        suppression_cost([a_row(status=SUPPRESSED)])


def test_every_reason_has_a_sentence_and_a_public_form() -> None:
    assert set(Reason) == set(SENTENCES) == set(PUBLIC)


def test_readers_cannot_tell_a_small_base_from_one_hidden_beside_it() -> None:
    """If two hidden cohorts have 18 organisations together, and the reason says that each is small, their sizes
    follow."""
    rows = [[a_row().suppressed(reason)] for reason in (Reason.THRESHOLD, Reason.COMPLEMENT)]
    first, second = (list(suppression_cost(hidden_rows).public_counts()) for hidden_rows in rows)
    assert first == second
