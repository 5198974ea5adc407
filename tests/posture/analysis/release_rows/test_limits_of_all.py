"""Tests the lowest and highest possible values of all organisations that take part, against sums by hand, and what
they reveal of a cohort."""

from itertools import product
from random import Random

import numpy as np
import pytest
from pytest import approx

from posture.analysis.answers.wave_data import BLANK, DONT_KNOW, NO_RESPONDENT, NOT_APPLICABLE, ROUTED_OUT
from posture.analysis.estimates.rows import PUBLISHED, SUPPRESSED, Row
from posture.analysis.estimates.weights import Scheme, weigh
from posture.analysis.release_rows.estimates import estimates
from posture.definitions.indicators import Indicator
from tests.posture.analysis.small_waves import Line, choice, number, small, special, wave

K = 5
LIMITS = ("lowest_possible_of_all", "highest_possible_of_all")
INCIDENT = Indicator(code="incident", item="I-R", label="Incident", statistic="share", counts=("yes",))
LISTED = Indicator(code="listed", item="A-R", label="In the inventory", statistic="mean")
Rows = dict[tuple[str, str, str], Row]


def said(yes: int, no: int, **others: int) -> list[Line]:
    codes = ["yes"] * yes + ["no"] * no
    lines = [choice(unit, "I-R", code, informant=1) for unit, code in enumerate(codes)]
    for state, count in others.items():
        lines += [special(len(lines) + place, "I-R", state) for place in range(count)]
    return lines


def rows_of(lines: list[Line], *, units: int = 0, **options: list[str]) -> Rows:
    data = wave(units or len(lines), lines, **options)
    rows = estimates(data, small(), (INCIDENT, LISTED), k=K)
    return {(row.subject, row.statistic, row.cohort): row for row in rows}


def test_organizations_without_a_respondent_stand_at_both_ends() -> None:
    """Of 120, 44 say yes and 38 no, 9 do not know, 29 have no respondent: of 91 asked 44 to 53, of all 44 to 82."""
    rows = rows_of(said(44, 38, **{DONT_KNOW: 9, NO_RESPONDENT: 29}))
    limits = {
        name: rows["incident", name, "all"] for name in ("lowest_possible", "highest_possible", *LIMITS)
    }
    assert [row.value for row in limits.values()] == [0.48, 0.59, 0.36, 0.69]
    assert {row.base for row in limits.values()} == {82}
    assert {row.method for row in limits.values()} == {"possible"}
    assert all(row.ci_low is None and row.se is None for row in limits.values())


def test_of_a_mean_they_stand_at_the_ends_of_the_scale() -> None:
    """30 at 50 in the mean and 30 without a respondent: 1500/60 = 25 and (1500 + 3000)/60 = 75."""
    lines = [number(unit, "A-R", 40 if unit % 2 else 60) for unit in range(30)]
    lines += [special(unit, "A-R", NO_RESPONDENT) for unit in range(30, 60)]
    rows = rows_of(lines)
    assert [rows["listed", name, "all"].value for name in LIMITS] == [25, 75]


def test_they_hold_whoever_the_question_would_have_applied_to() -> None:
    """Tests every share that can be true: any organisation without a substantive answer may belong, and may say yes
    or no."""
    yes, no, silent = 20, 15, {DONT_KNOW: 6, BLANK: 5, NOT_APPLICABLE: 7, ROUTED_OUT: 6, NO_RESPONDENT: 9}
    rows = rows_of(said(yes, no, **silent))
    low, high = (rows["incident", name, "all"].value for name in LIMITS)
    assert low is not None
    assert high is not None
    others = sum(silent.values())
    possible = [
        (yes + more) / (yes + no + belonging)
        for belonging, more in product(range(others + 1), repeat=2)
        if more <= belonging
    ]
    assert low <= min(possible) < low + 0.01
    assert high >= max(possible) > high - 0.01


def test_weighted_they_are_weighted() -> None:
    lines = said(20, 20, **{NO_RESPONDENT: 20})
    regions = ["europe", "north-america"] * 30
    data = wave(60, lines, region=regions)
    weighting = weigh(data.categories(), {"region": {"europe": 40, "north-america": 20}}, Scheme())
    all_rows = estimates(data, small(), (INCIDENT,), k=K, weighting=weighting)
    rows = {row.statistic: row for row in all_rows if row.subject == "incident" and row.cohort == "all"}
    weights = np.array([4 / 3, 2 / 3] * 30)
    hits = np.array([1.0] * 20 + [0.0] * 40)
    assert approx(weights.sum()) == 60
    assert rows[LIMITS[0]].value == np.floor(100 * (weights * hits).sum() / 60 + 1e-9) / 100
    highest = (weights * hits + weights * (np.arange(60) >= 40)).sum() / 60
    assert rows[LIMITS[1]].value == np.ceil(100 * highest - 1e-9) / 100


def test_they_are_withheld_where_the_number_is() -> None:
    few = rows_of(said(3, 1, **{NO_RESPONDENT: 30}))
    assert {few["incident", name, "all"].status for name in LIMITS} == {SUPPRESSED}
    shown_as_range = rows_of(said(2, 30, **{NO_RESPONDENT: 30}))
    assert shown_as_range["incident", "share", "all"].bound == "at_most"
    assert {shown_as_range["incident", name, "all"].status for name in LIMITS} == {SUPPRESSED}


def sectors(healthcare: dict[str, int], retail: dict[str, int]) -> Rows:
    """Returns rows with states of I-R in two sectors; yes and no count as states."""
    lines: list[Line] = []
    of: list[str] = []
    for sector, states in (("healthcare", healthcare), ("retail", retail)):
        for state, count in states.items():
            for _ in range(count):
                unit = len(lines)
                is_answer = state in ("yes", "no")
                lines.append(choice(unit, "I-R", state) if is_answer else special(unit, "I-R", state))
                of.append(sector)
    return rows_of(lines, sector=of)


def published(rows: Rows) -> set[str]:
    return {
        cohort
        for (subject, statistic, cohort), row in rows.items()
        if subject == "incident" and statistic in LIMITS and row.status == PUBLISHED
    }


def test_in_a_cohort_they_tell_no_count_below_k() -> None:
    two_sectors = sectors({"yes": 8, "no": 8, NO_RESPONDENT: K}, {"yes": 9, "no": 9, NO_RESPONDENT: 0})
    assert published(two_sectors) == {"all", "sector:healthcare", "sector:retail"}
    few = sectors({"yes": 8, "no": 8, NO_RESPONDENT: K - 1}, {"yes": 9, "no": 9})
    assert published(few) == {"all"}, "the other sector is the total less the first"


def test_another_number_of_the_cohort_counts_as_well() -> None:
    """12 have no respondent, but 3 of them are known to be routed out of the belief: 21 of 24 are in its base."""
    lines = [choice(unit, "I-R", "yes" if unit % 2 else "no") for unit in range(12)]
    lines += [choice(24 + unit, "I-R", "yes" if unit % 2 else "no") for unit in range(20)]
    lines += [choice(unit, "I-C", "yes" if unit % 3 else "no") for unit in (*range(21), *range(24, 44))]
    of = ["healthcare"] * 24 + ["retail"] * 20
    assert published(rows_of(lines, units=44, sector=of)) == {"all"}
    whole = [line for line in lines if line[1] == "I-R"]
    assert published(rows_of(whole, units=44, sector=of)) == {"all", "sector:healthcare", "sector:retail"}


@pytest.mark.parametrize("seed", range(25))
def test_whatever_is_answered_no_size_of_a_cohort_tells_a_count_below_k(seed: int) -> None:
    random = Random(seed)
    units = random.randint(30, 90)
    silent = (DONT_KNOW, BLANK, NOT_APPLICABLE, ROUTED_OUT, NO_RESPONDENT)
    weights = [random.random() ** 3 for _ in silent]
    lines: list[Line] = []
    for unit in range(units):
        for item in ("I-R", "I-C"):
            if random.random() < 0.75:
                lines.append(choice(unit, item, random.choice(("yes", "no"))))
            else:
                lines.append(special(unit, item, random.choices(silent, weights)[0]))
    of = random.choices(["healthcare", "retail", "energy"], k=units)
    rows = rows_of(lines, units=units, sector=of)
    cohorts = {cohort for _, _, cohort in rows} - {"all"}
    if published(rows) - {"all"}:
        assert all(_reveals_nothing(rows, of, cohort) for cohort in cohorts)


def _reveals_nothing(rows: Rows, of: list[str], cohort: str) -> bool:
    size = of.count(cohort.partition(":")[2])
    bases = [
        row.base
        for (_, statistic, slug), row in rows.items()
        if slug == cohort and row.base is not None and not statistic.endswith("_vs_rest")
    ]
    return all(size == base or size - base >= K for base in bases)
