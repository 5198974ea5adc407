"""Tests published ranges against every table of answers that a small cohort can give: no reader learns more than
promised."""

from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from pytest import approx

from posture.analysis.answers.wave_data import DONT_KNOW, NO_EVIDENCE
from posture.analysis.disclosure import sums_of_numbers
from posture.analysis.disclosure.implied_ends import implied_ends
from posture.analysis.disclosure.ranges import Release
from posture.analysis.disclosure.sums_of_numbers import Exactness, Number, Sum, as_matrix
from posture.analysis.estimates.rows import PUBLISHED, SUPPRESSED, Row
from posture.analysis.release_rows.estimates import estimates
from posture.definitions.indicators import Indicator
from posture.methods.intervals import Interval, tango, wilson
from tests.posture.analysis.disclosure.mechanism import (
    Table,
    answers_to_a_pair,
    answers_to_one_item,
    one_item,
    tables,
    tables_by_published_rows,
)
from tests.posture.analysis.small_waves import Line, choice, number, small, special, wave

pytestmark = pytest.mark.long

K = 10
INCIDENT = Indicator(code="incident", item="I-R", label="Incident", statistic="share", counts=("yes",))
NEARLY = 1e-6


def too_narrow_tables(options: str, most: int, *, leaving: int) -> list[tuple[int, list[Table]]]:
    """Returns the tables behind equal rows, if a reader who knows `leaving` - 1 of the organisations would know all
    others."""
    questionnaire = one_item(options)
    waves = (
        (table, answers_to_one_item(table, options))
        for total in range(K, most + 4)
        for table in tables(total, len(options) + 1)
    )
    places_and_tables = []
    for published, possible_tables in tables_by_published_rows(waves, questionnaire, k=K).items():
        if max(int(str(row[3] or 0)) for row in published) > most:
            continue
        for place in range(len(options) + 1):
            scoring, short = (max(side) for side in zip(
                *((table[place], sum(table) - table[place]) for table in possible_tables), strict=True
            ))  # fmt: skip
            if min(scoring, short) < leaving:
                places_and_tables.append((place, possible_tables))
    return places_and_tables


def test_of_two_options_two_who_collude_learn_nothing_of_the_rest() -> None:
    assert too_narrow_tables("ab", 13, leaving=3) == []


def test_of_three_options_nobody_alone_learns_anything_of_the_rest() -> None:
    """The reader also knows how the other ranges were chosen, which leaves fewer tables than the numbers do."""
    assert too_narrow_tables("abc", 12, leaving=2) == []


def test_a_cap_without_a_second_range_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the capped count follows from the others."""
    monkeypatch.setattr(Release, "_protect", lambda *_: False)
    monkeypatch.setattr(Release, "_protect_from_combinations", lambda *_: False)
    assert too_narrow_tables("abc", 10, leaving=2)


def test_a_cap_that_is_too_narrow_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums_of_numbers, "CLOSE", 1)
    assert too_narrow_tables("ab", 10, leaving=3)


@cache
def counts_of(table: Table) -> dict[str, int]:
    """Returns the counts of the pair in which evidence without belief is over-confident."""
    both_yes, believed, on_record, neither_yes, _ = table
    return {
        "belief": both_yes + believed, "evidence": both_yes + on_record, "over": on_record, "under": believed,
        "gap_over": on_record, "gap_under": believed, "aligned": both_yes + neither_yes, "gap": on_record - believed,
    }  # fmt: skip


def agrees(rows: list[Row], table: Table) -> bool:
    """Returns whether these rows could have been published for that table."""
    counts, n = counts_of(table), sum(table[:4])
    for row in rows:
        if row.subject != "I-P" or row.status == SUPPRESSED or row.statistic not in counts:
            continue
        value = counts[row.statistic] / n * (100 if row.unit == "points" else 1)
        assert row.value is not None
        is_true = {"": abs(value - row.value) < NEARLY, "at_most": value <= row.value + NEARLY,
                   "at_least": value >= row.value - NEARLY}[row.bound]  # fmt: skip
        if not is_true or not lies_in(interval_of(row.statistic, table), row):
            return False
    return True


@cache
def interval_of(statistic: str, table: Table) -> Interval | None:
    counts, n = counts_of(table), sum(table[:4])
    if statistic != "gap":
        return wilson(counts[statistic], n)
    interval = tango(0, counts["over"], counts["under"], n - counts["over"] - counts["under"])
    return interval.times(100) if interval else None


def lies_in(interval: Interval | None, row: Row) -> bool:
    if interval is None or row.ci_low is None or row.ci_high is None:
        return True
    return interval.low > row.ci_low - NEARLY and interval.high < row.ci_high + NEARLY


@pytest.mark.parametrize("total", [10, 11])
def test_of_a_pair_nothing_follows_from_its_numbers_and_intervals(total: int) -> None:
    """For every table: of the tables that agree with its rows, one has at least three of each kind, and one at least
    three of the others."""
    all_tables = [table for table in tables(total, 5) if table[4] == 0]
    for table in all_tables:
        rows = estimates(answers_to_a_pair(table), small(), (), k=K)
        possible_counts = [counts_of(other) for other in all_tables if agrees(rows, other)]
        assert counts_of(table) in possible_counts
        for name in ("belief", "evidence", "over", "under", "aligned"):
            if any(row.statistic == name and row.status == PUBLISHED for row in rows):
                assert max(counts[name] for counts in possible_counts) >= 3, (table, name)
                assert min(counts[name] for counts in possible_counts) <= total - 3, (table, name)


@pytest.mark.parametrize("total", [10, 12])
def test_the_gap_of_one_informant_has_the_union_over_all_tables_that_give_it(total: int) -> None:
    """Of pairs with one informant only the gap is published. Six errors on either side of 12 give the widest interval
    of a gap of 0. The true table is among the possible ones and cannot be identified."""
    for over, under in ((x, y) for x in range(total + 1) for y in range(total + 1 - x)):
        alike = total - over - under
        data = answers_to_a_pair((alike, under, over, 0, 0), evidence_informant=0)
        rows = {(row.subject, row.statistic): row for row in estimates(data, small(), (), k=K)}
        row = rows["I-P", "single_informant_gap"]
        tables_left = [(x, x - over + under) for x in range(total + 1) if 0 <= x - over + under <= total - x]
        intervals = [tango(0, x, y, total - x - y) for x, y in tables_left]
        if row.bound:
            interval = tango(0, over, under, alike)
            assert lies_in(interval.times(100) if interval else None, row)
            continue
        assert row.value == approx(100 * (over - under) / total)
        assert row.ci_low == approx(
            100 * min(possible_interval.low for possible_interval in intervals if possible_interval)
        )
        assert row.ci_high == approx(
            100 * max(possible_interval.high for possible_interval in intervals if possible_interval)
        )


def published(units: int, lines: list[Line], **dimensions: list[str]) -> dict[tuple[str, str, str, str], Row]:
    rows = estimates(wave(units, lines, **dimensions), small(), (INCIDENT,), k=K)
    return {(row.subject, row.statistic, row.option, row.cohort): row for row in rows}


def test_nobody_of_twelve_is_at_most_three_with_the_union_of_intervals() -> None:
    """Wilson for 0 of 12 begins at 0, for 3 of 12 it ends at .5323. Up to three more may not know: at least 9 of 15
    say no, and Wilson for 9 of 15 begins at .3575."""
    rows = published(12, [choice(unit, "I-R", "no", informant=1) for unit in range(12)])
    yes, no = rows["I-R", "share", "yes", "all"], rows["I-R", "share", "no", "all"]
    assert (yes.value, yes.bound, yes.base, yes.se) == (3 / 12, "at_most", 12, None)
    assert (no.value, no.bound, no.base, no.se) == (9 / 15, "at_least", 12, None)
    assert (yes.ci_low, yes.ci_high) == (approx(0), approx(0.5323, abs=5e-5))
    assert (no.ci_low, no.ci_high) == (approx(0.3575, abs=5e-5), approx(1))


def sectors() -> Iterator[tuple[str, int, int]]:
    yield from (("healthcare", 12, 0), ("retail", 14, 6), ("technology", 16, 8))


def test_what_is_capped_in_a_cohort_does_not_follow_from_the_other_cohorts() -> None:
    """14 of 42 say yes, nobody in healthcare: others are ranges as well, and the total is exact. The base is the
    answers with substance, because those without are few."""
    cells = [(name, unit < yes) for name, size, yes in sectors() for unit in range(size)]
    lines = [choice(unit, "I-R", "yes" if yes else "no", informant=1) for unit, (_, yes) in enumerate(cells)]
    rows = published(42, lines, sector=[name for name, _ in cells])
    bounds = {name: rows["incident", "share", "", f"sector:{name}"].bound for name, *_ in sectors()}
    assert bounds["healthcare"] == "at_most"
    assert bounds["retail"] or bounds["technology"]
    assert rows["incident", "share", "", "all"].bound == ""


def test_few_who_do_not_know_are_left_out_of_the_base_and_the_share_is_a_bound() -> None:
    """Otherwise 14 who answered minus 12 with substance would be the 2 exactly. 5 of 14 is between 5 of 15 and 5 of
    12."""
    lines = [choice(unit, "I-R", "yes" if unit < 5 else "no", informant=1) for unit in range(12)]
    lines += [special(unit, "I-R", DONT_KNOW, informant=1) for unit in (12, 13)]
    rows = published(14, lines)
    yes = rows["I-R", "share", "yes", "all"]
    assert (yes.value, yes.bound, yes.base) == (5 / 12, "at_most", 12)
    exact = rows["incident", "share", "", "all"]
    assert (exact.value, exact.bound, exact.base) == (5 / 12, "", 12)
    unknown = rows["I-R", "share", "dont-know", "all"]
    assert (unknown.value, unknown.bound, unknown.base) == (3 / 15, "at_most", 12)


def test_a_base_does_not_count_an_answer_that_is_told_as_a_range() -> None:
    """KEYS is asked of those with an incident: of 30, first 20 and then 28."""

    def rows(incidents: int) -> dict[tuple[str, str, str, str], Row]:
        lines = [choice(unit, "I-R", "yes" if unit < incidents else "no") for unit in range(30)]
        keys = [choice(unit, "KEYS", "own" if unit % 2 else "shared") for unit in range(incidents)]
        return published(30, lines + keys)

    own_keys, yes = ("KEYS", "share", "own", "all"), ("incident", "share", "", "all")
    exact, bounded = rows(20), rows(28)
    assert (exact[yes].value, exact[yes].bound, exact[own_keys].base) == (20 / 30, "", 20)
    assert bounded[yes].bound == "at_least"
    assert {row.status for (item, *_), row in bounded.items() if item == "KEYS"} == {"suppressed"}


def test_few_without_evidence_are_left_out_of_the_types() -> None:
    gaps = [(90, 40)] * 5 + [(50, 50)] * 5 + [(40, 90)] * 4
    lines = [
        line
        for unit, (belief, evidence) in enumerate(gaps)
        for line in (number(unit, "A-C", belief, informant=0), number(unit, "A-R", evidence, informant=1))
    ]
    lines += [number(14, "A-C", 50, informant=0), special(14, "A-R", NO_EVIDENCE, informant=1)]
    rows = published(15, lines)
    over, without = rows["A-P", "over", "", "all"], rows["A-P", "no_evidence", "", "all"]
    assert (over.value, over.base, over.bound) == (5 / 14, 14, "at_most")
    assert (without.value, without.bound, without.base) == (3 / 17, "at_most", 14)


def test_a_mean_of_which_nearly_all_are_at_the_end_is_told_as_a_range() -> None:
    """12 of 12 give 100: at least 9 of them, so the mean is at least 75."""
    row = published(12, [number(unit, "A-R", 100, informant=1) for unit in range(12)])[
        "A-R", "mean", "", "all"
    ]
    assert (row.value, row.bound, row.se, row.ci_high) == (approx(75), "at_least", None, 100)
    ordinary = published(12, [number(unit, "A-R", 8 * unit, informant=1) for unit in range(12)])
    assert ordinary["A-R", "mean", "", "all"].bound == ""


def count(value: float, base: int = 20, exactness: Exactness = Exactness.EXACT) -> Number:
    return Number(value, base, 1.0, exactness, scoring=int(value), short=int(base - value))


def test_ranges_follow_from_the_exact_and_the_capped_numbers_only() -> None:
    """2 + 8 + 10 = 20. The 2 are at most 3, so one of the others is a range: it is 10 together with the 2, so 7 to
    10."""
    numbers = [count(2), count(8), count(10)]
    Release(numbers, [Sum((0, 1, 2), (1, 1, 1), 20.0)]).settle()
    settled = [
        (settled_number.exactness, settled_number.low, settled_number.high) for settled_number in numbers
    ]
    assert settled[0] == (Exactness.CAPPED, 0, 3)
    assert sorted(settled[1:]) == [(Exactness.EXACT, 10, 10), (Exactness.RANGED, 7, 10)]


def test_what_cannot_be_told_as_a_range_is_withheld() -> None:
    """0 + 4 + 4 = 8: if the others are not close to nobody, none is left for the first, and their range is 4
    alone."""
    numbers = [count(0, 8), count(4, 8), count(4, 8)]
    Release(numbers, [Sum((0, 1, 2), (1, 1, 1), 8.0)]).settle()
    assert {settled_number.exactness for settled_number in numbers} == {Exactness.WITHHELD}
    assert not any(settled_number.is_too_narrow for settled_number in numbers)


def random_release(random: np.random.Generator) -> tuple[list[Number], list[Sum]]:
    """Returns tables of counts with their margins, and a third of the cells in another sum."""
    rows, columns = (int(size) for size in random.integers(2, 6, size=2))
    cells = random.choice([0, 1, 2, 3, 5, 8, 13], size=(rows, columns))
    values = np.concatenate([cells.ravel(), cells.sum(axis=0), cells.sum(axis=1)]).tolist()
    bases = [
        value + int(more) for value, more in zip(values, random.integers(0, 9, len(values)), strict=True)
    ]
    numbers = [count(value, base) for value, base in zip(values, bases, strict=True)]
    places = np.arange(rows * columns).reshape(rows, columns)
    sums = [Sum((rows * columns + n, *places[:, n].tolist()), (-1, *[1] * rows), 0.0) for n in range(columns)]
    first = rows * columns + columns
    sums += [Sum((first + n, *places[n].tolist()), (-1, *[1] * columns), 0.0) for n in range(rows)]
    chosen = random.choice(rows * columns, size=max(2, rows * columns // 3), replace=False).tolist()
    sums.append(Sum(tuple(chosen), (1,) * len(chosen), float(sum(values[place] for place in chosen))))
    return numbers, sums


@pytest.mark.parametrize("seed", range(60))
def test_the_ends_are_all_that_the_sums_leave(seed: int) -> None:
    """`settle` narrows only changed numbers; here all sums narrow all numbers again."""
    numbers, sums = random_release(np.random.default_rng(seed))
    Release(numbers, sums).settle()
    settled = [
        (settled_number.exactness, settled_number.low, settled_number.high) for settled_number in numbers
    ]
    for settled_number in numbers:
        settled_number.start()
    low, high = (
        np.array([getattr(settled_number, end) for settled_number in numbers], dtype=float)
        for end in ("low", "high")
    )
    low, high = implied_ends(as_matrix(sums, len(numbers)), low, high, np.ones(len(numbers), dtype=bool))
    assert [end for _, *end in settled] == np.stack([low, high], axis=1).tolist()


class Forgetful(dict[int, object]):
    """Keeps nothing."""

    def __setitem__(self, key: int, value: object) -> None:
        pass

    def setdefault(self, key: int, default: object = None) -> object:
        return default


@pytest.mark.parametrize("seed", range(60))
def test_what_a_search_keeps_does_not_change_its_decisions(seed: int) -> None:
    decisions = []
    for cache_type in (dict[int, object], Forgetful):
        random = np.random.default_rng(seed)
        numbers, sums = random_release(random)
        release = Release(numbers, sums)
        for name in ("_costs", "_too_little_left", "_published", "_near"):
            setattr(release, name, cache_type())
        release.settle()
        for _ in range(3):
            release.protect(random.choice(len(numbers), size=3, replace=False).tolist())
        decisions.append(
            [
                (settled_number.exactness, settled_number.low, settled_number.high)
                for settled_number in numbers
            ]
        )
    assert decisions[0] == decisions[1]
