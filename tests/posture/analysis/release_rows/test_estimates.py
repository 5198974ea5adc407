"""Tests a wave written by hand against every number that must follow from it."""

from collections import Counter

import pytest
from pytest import approx

from posture.analysis.answers.wave_data import BLANK, DONT_KNOW, NO_EVIDENCE, ROUTED_OUT
from posture.analysis.estimates.rows import PUBLISHED, SUPPRESSED, Row
from posture.analysis.release_rows.estimates import estimates
from tests.posture.analysis.small_waves import Line, choice, number, small, special, wave

K = 5
QUESTIONNAIRE = small()


def published(units: int, lines: list[Line], **dimensions: list[str]) -> dict[tuple[str, str, str, str], Row]:
    rows = estimates(wave(units, lines, **dimensions), QUESTIONNAIRE, (), k=K)
    rows_by_key = {(row.subject, row.statistic, row.option, row.cohort): row for row in rows}
    assert len(rows_by_key) == len(rows), "every number once"
    return rows_by_key


def percent_pairs(gaps: list[tuple[int, int]]) -> list[Line]:
    return [
        line
        for unit, (belief, evidence) in enumerate(gaps)
        for line in (number(unit, "A-C", belief, informant=0), number(unit, "A-R", evidence, informant=1))
    ]


def test_belief_evidence_and_gap_rest_on_the_same_organisations() -> None:
    """Gaps 20, 0, 40, 10, 30: mean 20, standard deviation 15.811388, t(4, 0.975) = 2.776445."""
    lines = percent_pairs([(90, 70), (50, 50), (80, 40), (60, 50), (70, 40)])
    lines += [number(5, "A-C", 100)]
    rows = published(6, lines)

    belief, evidence, gap = (rows["A-P", name, "", "all"] for name in ("belief", "evidence", "gap"))
    assert (belief.base, evidence.base, gap.base) == (5, 5, 5), "the sixth has no evidence half"
    assert (belief.value, evidence.value, gap.value) == (approx(70), approx(50), approx(20))
    assert gap.ci_low == approx(20 - 2.776445 * 15.811388 / 5**0.5, abs=1e-4)
    assert gap.unit == "points"


def test_the_types_divide_complete_pairs_and_those_without_evidence() -> None:
    lines = percent_pairs([(90, 70)] * 6 + [(60, 50)] * 5 + [(40, 80)] * 4)
    lines += [number(unit, "A-C", 80) for unit in range(15, 20)]
    lines += [special(unit, "A-R", NO_EVIDENCE, informant=1) for unit in (15, 16)]
    lines += [special(unit, "A-R", DONT_KNOW, informant=1) for unit in (17, 18)]
    lines += [special(19, "A-R", BLANK, informant=1)]
    rows = published(20, lines)

    types = {name: rows["A-P", name, "", "all"] for name in ("over", "aligned", "under", "no_evidence")}
    assert {row.base for row in types.values()} == {19}
    counts = {name: round(19 * (row.value or 0)) for name, row in types.items()}
    assert counts == {"over": 6, "aligned": 5, "under": 4, "no_evidence": 4}


def test_dont_know_has_a_share_of_its_own_and_is_no_no() -> None:
    lines = [choice(unit, "I-R", "no" if unit < 6 else "yes", informant=1) for unit in range(10)]
    lines += [special(unit, "I-R", DONT_KNOW, informant=1) for unit in range(10, 16)]
    rows = published(16, lines)

    assert rows["I-P", "evidence_dont_know", "", "all"].value == approx(6 / 16)
    assert rows["I-R", "share", "no", "all"].value == approx(6 / 16)
    assert rows["I-R", "share", "no", "all"].base == 16
    assert rows["I-R", "share", "dont-know", "all"].value == approx(6 / 16)


def test_routed_out_is_in_no_base() -> None:
    lines = [choice(unit, "I-R", "yes", informant=1) for unit in range(7)]
    lines += [special(unit, "I-R", ROUTED_OUT, informant=1) for unit in range(7, 11)]
    assert published(11, lines)["I-R", "share", "yes", "all"].base == 7


def test_the_gap_of_informants_is_a_paired_difference() -> None:
    """20 organisations: 12 both yes, 5 only on record, 1 only known, 2 neither: (5 - 1) / 20 = 20 points."""
    answers = [("yes", "yes")] * 12 + [("no", "yes")] * 5 + [("yes", "no")] + [("no", "no")] * 2
    lines = [
        line
        for unit, (belief, on_record) in enumerate(answers)
        for line in (choice(unit, "I-C", belief, informant=0), choice(unit, "I-R", on_record, informant=1))
    ]
    gap = published(20, lines)["I-P", "gap", "", "all"]
    assert (gap.value, gap.base, gap.method) == (approx(20), 20, "tango")


@pytest.mark.parametrize(
    ("base", "status"), [(0, SUPPRESSED), (1, SUPPRESSED), (K - 1, SUPPRESSED), (K, PUBLISHED)]
)
def test_a_withheld_row_is_empty(base: int, status: str) -> None:
    row = published(20, percent_pairs([(90, 70)] * base))["A-P", "gap", "", "all"]
    assert row.status == status
    if status == SUPPRESSED:
        assert (row.base, row.value, row.se, row.ci_low, row.ci_high) == (None,) * 5


def test_hidden_and_empty_cohorts_look_alike() -> None:
    sectors = ["healthcare"] * 4 + ["technology"] * 20
    rows = published(24, percent_pairs([(90, 70)] * 24), sector=sectors)
    few, empty = (rows["A-P", "gap", "", f"sector:{code}"] for code in ("healthcare", "energy"))
    assert few.as_columns() | {"cohort": ""} == empty.as_columns() | {"cohort": ""}


def test_every_number_has_its_base_and_nothing_leaves_the_scale() -> None:
    sectors = ["healthcare"] * 12 + ["technology"] * 12
    lines = percent_pairs([(100 - unit, 3 * unit) for unit in range(24)])
    rows = published(24, lines, sector=sectors).values()
    published_rows = [row for row in rows if row.status == PUBLISHED]
    assert all(row.base for row in published_rows)
    assert all(0 <= row.value <= 1 for row in published_rows if row.unit == "share" and row.value is not None)
    assert Counter(row.status for row in rows)[PUBLISHED] == len(published_rows) > 0


def test_over_and_under_confident_stand_beside_the_net_gap_on_its_base() -> None:
    """Five do not know of an incident on record, four the other way round, four agree: (5 - 4) / 13."""
    answers = [("no", "yes")] * 5 + [("yes", "no")] * 4 + [("yes", "yes")] * 4
    lines = [
        line
        for unit, (belief, evidence) in enumerate(answers)
        for line in (choice(unit, "I-C", belief, informant=0), choice(unit, "I-R", evidence, informant=1))
    ]
    rows = published(
        14, [*lines, choice(13, "I-C", "no", informant=0), special(13, "I-R", DONT_KNOW, informant=1)]
    )
    net, over, under = (rows["I-P", name, "", "all"] for name in ("gap", "gap_over", "gap_under"))
    assert (net.base, over.base, under.base) == (13, 13, 13)
    assert (net.value, over.value, under.value) == (approx(100 / 13), approx(5 / 13), approx(4 / 13))
    assert net.p_value == approx(1 - 126 / 512), "mid-p of 4 against 5"
