"""Tests change between two waves, against the reference program and sums by hand, with negative controls."""

from typing import Any

import numpy as np
import pytest
from pytest import approx

from posture.analysis.answers.wave_data import DONT_KNOW, Column, WaveData
from posture.analysis.estimates.rows import PUBLISHED, Row, identity
from posture.analysis.estimates.weights import Scheme, weigh
from posture.analysis.release_rows.estimates import estimates
from posture.analysis.waves import changes as module
from posture.analysis.waves.change_audit import audit_changes
from posture.analysis.waves.changes import changes
from posture.analysis.waves.two_waves import TwoWaves, WaveInput
from posture.definitions.indicators import Indicator
from posture.methods.intervals import mean_t, tango
from posture.methods.means import MeanDifference
from posture.methods.survey import t_quantile
from tests.posture.analysis.small_waves import Line, choice, number, small, special, wave

K = 5
INCIDENT = Indicator(code="incident", item="I-R", label="Incident", statistic="share", counts=("yes",))
Found = dict[tuple[str, str, str, str], Row]


def record(units: range, yes: set[int]) -> list[Line]:
    return [choice(unit, "I-R", "yes" if unit in yes else "no", informant=1) for unit in units]


def later_than(data: WaveData, first: int) -> WaveData:
    """Returns the same data about organisations that are numbered from `first`."""
    return WaveData(data.units + first, data.segments, data.columns)


def compared(earlier: WaveData, later: WaveData, *, k: int = K, **sides: Any) -> Found:
    waves = TwoWaves(
        WaveInput(earlier, small(), sides.get("before")), WaveInput(later, small(), sides.get("now"))
    )
    exact = [
        {
            identity(row)
            for row in estimates(side.data, side.questionnaire, (INCIDENT,), k=k)
            if row.status == PUBLISHED and not row.bound and row.se is not None
        }
        for side in (waves.earlier, waves.later)
    ]
    rows = changes(waves, (INCIDENT,), frozenset(exact[0] & exact[1]), k=k)
    assert not audit_changes(rows, waves, (INCIDENT,), k=k)
    return {(row.subject, row.statistic, row.option, row.cohort): row for row in rows}


def overlapping() -> tuple[WaveData, WaveData]:
    """20 organisations, 12 of them again with 8 others. On record are 6 of 20, then 12 of 20; in the panel 4 say yes
    twice, 5 only later, 1 only earlier, 2 never."""
    earlier = wave(20, record(range(20), {0, 1, 2, 3, 4, 15}))
    again = {0, 1, 2, 3, 5, 6, 7, 8, 9}
    later = wave(20, [*record(range(12), again), *record(range(12, 20), {12, 13, 14})])
    shift = np.where(np.arange(20) < 12, np.arange(20), np.arange(20) + 8)
    return earlier, WaveData(shift, later.segments, later.columns)


def test_a_change_keeps_the_covariance_of_those_in_both_waves() -> None:
    earlier, later = overlapping()
    row = compared(earlier, later)["incident", "share_change", "", "all"]
    assert (row.value, row.unit, row.base) == (approx(100 * (12 / 20 - 6 / 20)), "points", 28)
    earlier_values, later_values = np.full(28, np.nan), np.full(28, np.nan)
    earlier_values[:20] = np.isin(np.arange(20), [0, 1, 2, 3, 4, 15]) - 0.3
    later_values[[*range(12), *range(20, 28)]] = (
        np.isin(np.arange(20), [0, 1, 2, 3, 5, 6, 7, 8, 9, 12, 13, 14]) - 0.6
    )
    differences = 100 * (np.nan_to_num(later_values) - np.nan_to_num(earlier_values)) / (20 * 19) ** 0.5
    variances = [float((differences[part] ** 2).sum()) for part in (slice(12), slice(12, 20), slice(20, 28))]
    se = sum(variances) ** 0.5
    df = sum(variances) ** 2 / sum(v**2 / n for v, n in zip(variances, (11, 7, 7), strict=True))
    assert row.se == approx(se)
    assert row.effective_base == int(df) + 1
    assert row.ci_low == approx(30 - t_quantile(0.95, int(df)) * se)
    independent = 100 * ((0.3 * 0.7 + 0.6 * 0.4) / 19) ** 0.5
    assert row.se < independent


def test_the_matched_panel_stands_beside_with_its_own_base() -> None:
    row = compared(*overlapping())["incident", "share_panel_change", "", "all"]
    interval = tango(4, 5, 1, 2)
    assert interval is not None
    assert (row.value, row.base, row.method) == (approx(100 * 4 / 12), 12, "tango")
    assert (row.ci_low, row.ci_high) == (approx(100 * interval.low), approx(100 * interval.high))


def test_the_change_of_a_mean_and_its_panel() -> None:
    before, now = [10, 20, 30, 40, 50, 60], [20, 20, 50, 40, 70, 80]
    earlier = wave(6, [number(unit, "A-R", value) for unit, value in enumerate(before)])
    later = wave(6, [number(unit, "A-R", value) for unit, value in enumerate(now)])
    rows = compared(earlier, later)
    panel, change = (rows["A-R", f"mean_{name}", "", "all"] for name in ("panel_change", "change"))
    expected = mean_t(np.array(now) - np.array(before))
    assert expected.interval is not None
    assert (panel.value, panel.se, panel.base) == (approx(expected.mean), approx(expected.se), 6)
    assert (panel.ci_low, panel.ci_high) == (approx(expected.interval.low), approx(expected.interval.high))
    assert (change.value, change.se) == (approx(expected.mean), approx(expected.se)), (
        "all of them are in both"
    )


def test_a_dont_know_is_not_a_no() -> None:
    """In the later wave 20 do not know, before 10: they are in the base of the item, outside that of the pair, and a
    separate answer."""
    yes = set(range(20))

    def lines(first_unknown: int) -> list[Line]:
        unknown = [special(unit, "I-R", DONT_KNOW, informant=1) for unit in range(first_unknown, 50)]
        return [*record(range(first_unknown), yes), *unknown]

    believing = {*range(10), *range(20, 28), *range(40, 46)}
    beliefs = [choice(unit, "I-C", "yes" if unit in believing else "no", informant=0) for unit in range(50)]
    with_beliefs = (wave(50, [*lines(40), *beliefs]), wave(50, [*lines(30), *beliefs]))
    rows = compared(wave(50, lines(40)), wave(50, lines(30)))
    assert rows["I-R", "share_change", "yes", "all"].value == approx(0)
    assert rows["I-R", "share_change", "no", "all"].value == approx(-20)
    assert rows["I-R", "share_change", "dont-know", "all"].value == approx(20)
    pair = compared(*with_beliefs)["I-P", "evidence_change", "", "all"]
    assert pair.value == approx(100 * (10 / 15 - 10 / 20)), "the pair leaves them out of its base"


def test_a_dont_know_counted_as_no_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: ten that do not know later count as no, and a rise of 16.7 points disappears."""
    believing = {*range(10), *range(20, 28), *range(30, 36)}
    beliefs = [choice(unit, "I-C", "yes" if unit in believing else "no", informant=0) for unit in range(40)]
    unknown = [special(unit, "I-R", DONT_KNOW, informant=1) for unit in range(30, 40)]
    earlier = wave(40, [*record(range(40), set(range(20))), *beliefs])
    later = wave(40, [*record(range(30), set(range(20))), *unknown, *beliefs])
    correct = compared(earlier, later)["I-P", "evidence_change", "", "all"]
    monkeypatch.setattr(Column, "answered", Column.gave)
    faulty = compared(earlier, later)["I-P", "evidence_change", "", "all"]
    assert correct.value == approx(100 / 6)
    assert faulty.value == approx(0)


@pytest.mark.parametrize(("joiners", "is_shown"), [(0, True), (1, False), (K - 1, False), (K, True)])
def test_joiners_are_nobody_or_at_least_k(joiners: int, is_shown: bool) -> None:
    earlier = wave(20, record(range(20), set(range(8))))
    later = wave(20 + joiners, record(range(20 + joiners), set(range(10))))
    row = compared(earlier, later)["incident", "share_change", "", "all"]
    assert (row.status == PUBLISHED) is is_shown
    back = compared(later, earlier)["incident", "share_change", "", "all"]
    assert (back.status == PUBLISHED) is is_shown, "those who left are protected as those who joined"


@pytest.mark.parametrize(("panel", "is_shown"), [(0, True), (1, False), (K - 1, False), (K, True)])
def test_the_panel_is_nobody_or_at_least_k(panel: int, is_shown: bool) -> None:
    earlier = wave(20, record(range(20), set(range(8))))
    later = later_than(wave(20, record(range(20), set(range(9)))), 20 - panel)
    rows = compared(earlier, later)
    assert (rows["incident", "share_change", "", "all"].status == PUBLISHED) is is_shown
    assert (rows["incident", "share_panel_change", "", "all"].status == PUBLISHED) is (is_shown and panel > 0)


def test_without_a_common_organisation_the_change_is_that_of_independent_samples() -> None:
    earlier = wave(20, record(range(20), set(range(8))))
    later = later_than(wave(20, record(range(20), set(range(12)))), 100)
    row = compared(earlier, later)["incident", "share_change", "", "all"]
    assert row.se == approx(100 * ((0.4 * 0.6 + 0.6 * 0.4) / 19) ** 0.5)
    assert row.effective_base == 39, "both vary alike, so that Welch's degrees of freedom are 38"


def test_a_small_part_that_joined_does_not_follow_from_the_total() -> None:
    """Of 10 that joined, 6 are in one sector and 4 in another: the 4 must not follow by subtraction."""
    sectors = ["healthcare"] * 20 + ["retail"] * 20
    earlier = wave(40, record(range(40), set(range(0, 40, 2))), sector=sectors)
    later_sectors = [*sectors, *["healthcare"] * 6, *["retail"] * 4]
    later = wave(50, record(range(50), set(range(0, 50, 3))), sector=later_sectors)
    rows = compared(earlier, later)
    status = {
        cohort: rows["incident", "share_change", "", cohort].status
        for cohort in ("all", "sector:healthcare", "sector:retail")
    }
    assert status["sector:retail"] != PUBLISHED
    assert not (status["all"] == status["sector:healthcare"] == PUBLISHED)


def test_what_is_not_exact_in_both_releases_has_no_change() -> None:
    earlier, later = overlapping()
    waves = TwoWaves(WaveInput(earlier, small()), WaveInput(later, small()))
    assert not [row for row in changes(waves, (), frozenset(), k=K) if row.status == PUBLISHED]


def test_the_audit_names_what_the_rules_let_through() -> None:
    earlier = wave(20, record(range(20), set(range(8))))
    later = wave(22, record(range(22), set(range(10))))
    waves = TwoWaves(WaveInput(earlier, small()), WaveInput(later, small()))
    leak = Row("item", "I-R", "share_change", "yes", "all", "points", 0.95, base=22, value=1.0)
    assert "I-R all, in the later wave only" in str(audit_changes([leak], waves, (), k=K)[0])


def test_a_weighted_change_weighs_both_waves_again_without_each_organisation() -> None:
    regions = ["europe"] * 12 + ["north-america"] * 8
    targets = {"region": {"europe": 50, "north-america": 50}}
    earlier = wave(20, record(range(20), set(range(0, 20, 3))), region=regions)
    later = wave(20, record(range(20), set(range(0, 20, 2))), region=regions)
    scheme = Scheme()
    before, now = (weigh(side.categories(), targets, scheme) for side in (earlier, later))
    row = compared(earlier, later, before=before, now=now)["incident", "share_change", "", "all"]

    def value(yes: set[int], without: int | None) -> float:
        parts = [[u for u in part if u != without] for part in (range(12), range(12, 20))]
        return sum(50 * sum(u in yes for u in part) / len(part) for part in parts)

    def change(without: int | None) -> float:
        return value(set(range(0, 20, 2)), without) - value(set(range(0, 20, 3)), without)

    left_out = np.array([change(unit) for unit in range(20)])
    se = (19 / 20 * ((left_out - left_out.mean()) ** 2).sum()) ** 0.5
    assert row.method == "contrast_jackknife"
    assert (row.value, row.unweighted_value) == (round(change(None)), 15)
    assert row.se == approx(se, abs=0.051), "published to a tenth"


def test_an_independent_standard_error_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the covariance of the organisations in both waves is omitted."""
    correct = compared(*overlapping())["incident", "share_change", "", "all"]
    original = module.difference_of_means

    def forgetful(first: np.ndarray, second: np.ndarray) -> MeanDifference:
        nobody = np.full(len(first), np.nan)
        return original(np.concatenate([first, nobody]), np.concatenate([nobody, second]))

    monkeypatch.setattr(module, "difference_of_means", forgetful)
    faulty = compared(*overlapping())["incident", "share_change", "", "all"]
    assert faulty.se is not None
    assert correct.se is not None
    assert faulty.se > 1.05 * correct.se
