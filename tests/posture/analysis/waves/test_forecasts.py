"""Tests forecasts against the reference program and sums by hand, groups that are too small, and negative
controls."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest import approx

from posture.analysis.answers.wave_data import BLANK, DONT_KNOW, NO_RESPONDENT, NOT_APPLICABLE, WaveData
from posture.analysis.estimates.rows import PUBLISHED, Row
from posture.analysis.release_rows.estimates import estimates
from posture.analysis.waves import forecasts as module
from posture.analysis.waves.forecast_audit import audit_forecasts
from posture.analysis.waves.forecast_rows import SCORES, ForecastInputs, forecast_rows
from posture.analysis.waves.forecasts import Step, curve, histogram, outcomes, pooled
from posture.analysis.waves.two_waves import WaveInput
from posture.definitions import forecasts as definitions
from posture.definitions.indicators import Indicator
from posture.methods.intervals import mean_t, wilson
from surveys.instrument.definition_file import InvalidDefinition
from surveys.instrument.questionnaire_definition import Questionnaire, parse
from tests.posture.analysis.small_waves import Line, choice, number, special, wave
from tests.support.builders import FORECAST_FILE, FORECASTING

K = 5
FILE = definitions.parse(FORECAST_FILE, name="forecasting.toml")
REFERENCE = Path(__file__).parents[3] / "reference" / "methods"
Found = dict[tuple[str, str], Row]


def questionnaire() -> Questionnaire:
    return parse(FORECASTING, name="forecasting-1.toml")


def both(stated: list[int], happened: list[str]) -> tuple[WaveData, WaveData]:
    """Organisation n states the nth probability; a wave later it gives the nth answer, or none."""
    earlier = wave(len(stated), [number(unit, "INC-F", value) for unit, value in enumerate(stated)])
    lines: list[Line] = []
    for unit, answer in enumerate(happened):
        if answer in (DONT_KNOW, NOT_APPLICABLE, BLANK):
            lines.append(special(unit, "INC", answer, informant=1))
        elif answer != NO_RESPONDENT:
            lines.append(choice(unit, "INC", answer, informant=1))
    return earlier, wave(len(happened), lines)


def expectations(earlier: WaveData, later: WaveData, **options: Any) -> ForecastInputs:
    sides = [WaveInput(data, questionnaire()) for data in (earlier, later)]
    rows = estimates(earlier, questionnaire(), (), k=K)
    return ForecastInputs(FILE.forecasts, (), sides[1], sides[0], earlier_rows=rows, waves=None, **options)


def told(earlier: WaveData, later: WaveData, **options: Any) -> Found:
    found = expectations(earlier, later, **options)
    rows = estimates(later, questionnaire(), (), k=K)
    own = list(forecast_rows(found, rows, k=K))
    assert not audit_forecasts([*rows, *own], found, k=K)
    return {(row.statistic, row.option): row for row in own}


def reference() -> tuple[list[int], list[int], dict[str, Any]]:
    with (REFERENCE / "calibration.csv").open() as file:
        rows = list(csv.DictReader(file))
    expected = json.loads((REFERENCE / "expected_calibration.json").read_text())
    return (
        [round(100 * float(row["stated"])) for row in rows],
        [int(row["outcome"]) for row in rows],
        expected,
    )


def said(outcomes: list[int]) -> list[str]:
    return ["yes" if outcome else "no" for outcome in outcomes]


def spread(count: int) -> tuple[list[int], list[str]]:
    """Half state 20, half 80, and of each five the event happens to one and to four."""
    stated = [20 if unit % 2 else 80 for unit in range(count)]
    happened = ["yes" if (unit // 2 % 5 == 0) == bool(unit % 2) else "no" for unit in range(count)]
    return stated, happened


def test_the_numbers_are_those_of_the_reference_program() -> None:
    """Every row of the reference data is a separate organisation, so its standard error is the one without
    clusters."""
    stated, happened, expected = reference()
    rows = told(*both(stated, said(happened)))
    over = rows["over_confidence", ""]
    assert over.base == expected["n"]
    assert rows["stated", ""].value == approx(100 * expected["mean_stated"])
    assert rows["hit_rate", ""].value == approx(expected["hit_rate"])
    assert over.value == approx(100 * expected["over_confidence"]["estimate"])
    assert over.se == approx(100 * expected["over_confidence"]["se_ignoring_clusters"])
    for name in ("brier", "reliability", "resolution", "uncertainty"):
        assert rows[name, ""].value == approx(expected[name], abs=5e-4)


def test_the_curve_before_it_is_joined_further_is_that_of_the_reference_program() -> None:
    stated, happened, expected = reference()
    bars = histogram(np.array(stated) / 100, np.array(happened), k=K)
    steps = pooled(bars)
    for point in expected["corp"]["recalibrated"]:
        ten = round(10 * point["stated"])
        (step,) = (step for step in steps if step.first <= ten <= step.last)
        assert step.rate == approx(point["recalibrated"])


def test_steps_that_tell_of_nobody_or_everybody_are_joined() -> None:
    """Of the ten lowest forecasts one happened, of the thirteen highest all but three: too close to nobody and
    everybody."""
    stated, happened, _ = reference()
    rows = told(*both(stated, said(happened)))
    steps = {option: row for (name, option), row in rows.items() if name == "hit_rate_between"}
    assert {option: (row.base, row.value) for option, row in steps.items()} == {
        "0-69": (46, approx(13 / 46)),
        "70-79": (27, approx(16 / 27)),
        "80-89": (27, approx(17 / 27)),
        "90-100": (33, approx(24 / 33)),
    }
    interval = wilson(16, 27)
    assert interval is not None
    assert (steps["70-79"].ci_low, steps["70-79"].ci_high) == (approx(interval.low), approx(interval.high))
    bars = {option: row.value for (name, option), row in rows.items() if name == "stated_between"}
    assert bars == {
        "0-49": approx(10 / 133),
        "50-59": approx(10 / 133),
        "60-69": approx(26 / 133),
        "70-79": approx(27 / 133),
        "80-89": approx(27 / 133),
        "90-99": approx(20 / 133),
        "100-100": approx(13 / 133),
    }


@pytest.mark.parametrize(("count", "has_scores"), [(49, False), (50, True)])
def test_scores_and_curve_need_fifty_forecasts(count: int, has_scores: bool) -> None:
    rows = told(*both(*spread(count)))
    assert rows["over_confidence", ""].ci_low is not None
    names = {name for name, _ in rows}
    assert (set(SCORES) <= names, "stated_between" in names) == (has_scores, has_scores)
    assert ("hit_rate_between" in names) == has_scores


def test_over_confidence_is_a_mean_of_differences_with_students_interval() -> None:
    stated, happened = spread(30)
    differences = [f - 100 * (y == "yes") for f, y in zip(stated, happened, strict=True)]
    row, found = told(*both(stated, happened))["over_confidence", ""], mean_t(differences)
    assert found.interval is not None
    assert (row.value, row.se) == (approx(found.mean), approx(found.se))
    assert (row.ci_low, row.ci_high) == (approx(found.interval.low), approx(found.interval.high))


@pytest.mark.parametrize(("few", "names"), [(K - 1, ["0-29", "30-100"]), (K, ["0-29", "30-39", "40-100"])])
def test_no_step_of_the_histogram_rests_on_fewer_than_k(few: int, names: list[str]) -> None:
    stated = np.array([20] * 10 + [30] * few + [40] * 10) / 100
    assert [step.name for step in histogram(stated, np.zeros(len(stated)), k=K)] == names


@pytest.mark.parametrize("few", [8, 9])
def test_no_step_of_the_curve_rests_on_fewer_than_k(few: int) -> None:
    steps = [Step(0, 4, few, 4), Step(5, 7, 20, 12), Step(8, 10, 20, 15)]
    expected = ["0-79", "80-100"] if few < 9 else ["0-49", "50-79", "80-100"]
    assert [step.name for step in curve(steps, k=9)] == expected


def test_a_curve_of_one_step_is_none() -> None:
    assert curve([Step(0, 4, 20, 10), Step(5, 10, 20, 10)], k=K) == []
    assert curve([], k=K) == []


def without_outcome() -> tuple[list[int], list[str]]:
    """Forty know the outcome, and to half of them it happened; ten do not know, eight do not say."""
    stated = [20, 40, 60, 80] * 14 + [50, 50]
    return stated, [
        *(["yes", "no"] * 20),
        *[DONT_KNOW] * 10,
        *[NOT_APPLICABLE, NO_RESPONDENT] * 4,
    ]


def test_what_is_not_known_is_no_outcome() -> None:
    """None of the 18 counts. The negative control counts 10 "don't know" as "did not happen" and is found."""
    row = told(*both(*without_outcome()))
    assert (row["hit_rate", ""].base, row["hit_rate", ""].value) == (40, approx(0.5))
    assert (row["no_outcome", ""].value, row["no_outcome", ""].bound) == (0.3, "at_least")
    assert (row["no_probability", ""].value, row["no_probability", ""].bound) == (0.1, "at_most")


def test_a_planted_dont_know_that_counts_as_no_changes_the_hit_rate(monkeypatch: Any) -> None:
    def faulty(definition: Any, column: Any, _: Questionnaire) -> np.ndarray:
        return np.where(column.gave, column.chose(*definition.happened).astype(float), np.nan)

    monkeypatch.setattr(module, "outcomes", faulty)
    with pytest.raises(AssertionError):
        test_what_is_not_known_is_no_outcome()


def test_an_option_that_leaves_it_open_is_no_outcome() -> None:
    open_ended = FILE.forecasts[0].model_copy(update={"unknown": ("suspected",)})
    later = wave(3, [choice(unit, "INC", code) for unit, code in enumerate(("yes", "suspected", "no"))])
    found = outcomes(open_ended, later.item("INC"), questionnaire())
    assert np.array_equal(found, [1.0, np.nan, 0.0], equal_nan=True)


def test_an_estimate_without_records_is_no_outcome() -> None:
    later = wave(2, [choice(0, "INC", "yes", basis="estimated"), choice(1, "INC", "yes", basis="exported")])
    found = outcomes(FILE.forecasts[0], later.item("INC"), questionnaire())
    assert np.array_equal(found, [np.nan, 1.0], equal_nan=True)


@pytest.mark.parametrize(("left", "status"), [(0, "published"), (1, "suppressed"), (4, "suppressed")])
def test_forecasts_of_all_but_a_few_are_withheld(left: int, status: str) -> None:
    """Those few follow from the mean of all and the mean of the others."""
    stated, happened = spread(60)
    happened[60 - left :] = [NO_RESPONDENT] * left
    rows = told(*both(stated, happened))
    assert {row.status for row in rows.values()} == {status}
    if status != PUBLISHED:
        assert all(row.value is None and row.base is None for row in rows.values())


def test_the_second_look_objects_where_the_first_is_blind() -> None:
    stated, happened = spread(60)
    happened[58:] = [NO_RESPONDENT] * 2
    earlier, later = both(stated, happened)
    found = expectations(earlier, later)
    rows = estimates(later, questionnaire(), (), k=K)
    bare = Row("forecast", "incident", "stated", "", "all", "percent", 0.95, base=58, value=50.0)
    assert [one.organizations for one in audit_forecasts([*rows, bare], found, k=K)] == [2]


@pytest.mark.parametrize(("count", "status"), [(7, "suppressed"), (8, "published")])
def test_fewer_than_eight_always_tell_of_nearly_nobody_or_everybody(count: int, status: str) -> None:
    happened = ["yes"] * 4 + ["no"] * (count - 4)
    rows = told(*both([50] * count, happened))
    assert {row.status for row in rows.values()} == {status}


def test_a_second_release_about_the_same_forecasts_withholds_them() -> None:
    rows = told(*both(*spread(60)), is_first=False)
    assert {row.status for row in rows.values()} == {"suppressed"}


def test_an_indicator_with_a_limit_leaves_no_steps() -> None:
    """With the indicator, the forecasts between its limit and that of a step could be counted."""
    below = Indicator(code="doubt", label="Doubt", item="INC-F", statistic="share_below", threshold=25)
    earlier, later = both(*spread(60))
    found = replace(expectations(earlier, later), indicators=(below,))
    names = {row.statistic for row in forecast_rows(found, estimates(later, questionnaire(), (), k=K), k=K)}
    assert "brier" in names
    assert not names & {"stated_between", "hit_rate_between"}


def test_nothing_without_an_earlier_wave_or_across_a_break() -> None:
    earlier, later = both(*spread(60))
    now = WaveInput(later, questionnaire())
    alone = ForecastInputs(FILE.forecasts, (), now, None, [], None)
    assert not list(forecast_rows(alone, [], k=K))
    other = parse(FORECASTING.replace("How likely, 0", "How sure, 0"), name="forecasting-1.toml")
    broken = ForecastInputs(FILE.forecasts, (), now, WaveInput(earlier, other), [], None)
    assert not list(forecast_rows(broken, [], k=K))


def test_a_forecast_of_the_same_wave_needs_no_earlier_one() -> None:
    stated, happened = spread(60)
    lines = [number(unit, "INC-F", value) for unit, value in enumerate(stated)]
    lines += [choice(unit, "INC", answer, informant=1) for unit, answer in enumerate(happened)]
    data = wave(60, lines)
    same = FILE.forecasts[0].model_copy(update={"answered": "same_wave"})
    found = ForecastInputs((same,), (), WaveInput(data, questionnaire()), None, [], None)
    rows = list(forecast_rows(found, estimates(data, questionnaire(), (), k=K), k=K))
    assert {row.status for row in rows} == {"published"}


def test_all_errors_of_a_definition_are_told_at_once() -> None:
    text = (
        FORECAST_FILE.replace('"INC-F"', '"INC"')
        .replace('["yes"]', '["yes"]\nunknown = ["yes", "dont-know"]')
        .replace('version = "1"', 'version = "2"')
    )
    with pytest.raises(InvalidDefinition) as error:
        definitions.check(definitions.parse(text, name="wrong"), questionnaire(), name="wrong")
    assert {problem.place for problem in error.value.errors} == {
        "version",
        "forecasts incident > item",
        "forecasts incident > unknown",
    }
    definitions.check(FILE, questionnaire(), name="right")


def test_no_two_forecasts_share_an_item() -> None:
    twice = FORECAST_FILE + FORECAST_FILE.partition("2026-01-01")[2].replace('"incident"', '"again"')
    with pytest.raises(InvalidDefinition) as error:
        definitions.check(definitions.parse(twice, name="wrong"), questionnaire(), name="wrong")
    assert {problem.place for problem in error.value.errors} == {"forecasts > item", "forecasts > outcome"}
