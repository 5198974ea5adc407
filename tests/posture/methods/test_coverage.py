"""Tests how often the intervals contain the true value: a small simulation, planted faults, and that it computes each
interval as the product does."""

import numpy as np
import pytest
from pytest import MonkeyPatch, approx

from posture.analysis.estimates.weights import Scheme, weigh
from posture.methods.intervals import mean_t
from posture.methods.means import difference_of_means
from posture.methods.survey import t_quantile
from posture.validation import interval_kinds
from posture.validation.coverage import Coverage, simulate
from posture.validation.coverage_table import page
from posture.validation.interval_kinds import SimulatedIntervals
from posture.validation.populations import BELL, EVEN, Array, Population
from posture.validation.weighted_kinds import jackknife


def unexplained(found: list[Coverage]) -> list[tuple[str, str, int, float]]:
    return [
        (one.kind, one.population, one.size, one.covered)
        for one in found
        if not one.is_sufficient and one.shortfall is None
    ]


def test_each_kind_of_interval_holds_the_truth_as_often_as_it_says() -> None:
    """At least 94 % of 400 samples, less three standard errors, or as METHODS.md says."""
    assert unexplained(list(simulate(draws=400, seed=1, sizes=(10, 12, 30)))) == []


def test_a_normal_quantile_instead_of_student_s_would_be_seen(monkeypatch: MonkeyPatch) -> None:
    """The negative control: 1.96 where a mean of ten has 2.26."""

    def normal(value: Array, se: Array, df: Array, truth: Array | float) -> SimulatedIntervals:
        return SimulatedIntervals(value - 1.96 * se, value + 1.96 * se, truth)

    monkeypatch.setattr(interval_kinds, "around", normal)
    found = list(simulate(draws=4000, seed=1, sizes=(10,), names=("Mean: Student",)))
    assert (BELL.name, 10) in {(population, size) for _, population, size, _ in unexplained(found)}


def test_degrees_of_freedom_of_both_groups_together_would_be_seen() -> None:
    """The negative control: the degrees of freedom of 120 organisations and their n/(n - 1), where a cohort has
    ten."""

    def together(
        random: np.random.Generator, population: Population, size: int, draws: int
    ) -> SimulatedIntervals:
        first, second = population.draw(random, draws, size), population.draw(random, draws, 110)
        se = np.sqrt(first.var(axis=1) / size + second.var(axis=1) / 110)
        return interval_kinds.around(first.mean(axis=1) - second.mean(axis=1), se, np.full(draws, 119.0), 0.0)

    covered = []
    for interval in (interval_kinds.mean_against_rest, together):
        ends = interval(np.random.default_rng(1), EVEN, 10, 20_000)
        covered.append(float(((ends.low <= 0) & (ends.high >= 0)).mean()))
    assert covered[0] > 0.94
    assert covered[1] < 0.92


@pytest.mark.parametrize("in_both", [0, 4, 10])
def test_welch_of_many_samples_is_that_of_each(in_both: int) -> None:
    random = np.random.default_rng(3)
    first, second = (EVEN.draw(random, 5, size) for size in (10, 10 if in_both else 25))
    ends = interval_kinds.welch(first, second, in_both)
    for row in range(5):
        beside = np.full(second.shape[1] - in_both, np.nan)
        found = difference_of_means(
            np.concatenate([first[row], beside]),
            np.concatenate([second[row][:in_both], np.full(10 - in_both, np.nan), second[row][in_both:]]),
        )
        reach = t_quantile(0.95, found.df) * found.se
        assert (ends.low[row], ends.high[row]) == (approx(found.value - reach), approx(found.value + reach))


def test_a_mean_of_many_samples_is_that_of_each() -> None:
    ends = interval_kinds.mean(np.random.default_rng(4), EVEN, 12, 5)
    samples = EVEN.draw(np.random.default_rng(4), 5, 12)
    for row in range(5):
        interval = mean_t(samples[row]).interval
        assert interval is not None
        assert (ends.low[row], ends.high[row]) == (approx(interval.low), approx(interval.high))


def test_the_jackknife_of_many_samples_is_that_of_each() -> None:
    random = np.random.default_rng(5)
    values, is_first = EVEN.draw(random, 4, 12), random.random((4, 12)) < 0.6
    is_first[:, :3], is_first[:, 3:6] = True, False
    value, variance = jackknife(values, is_first)
    for row in range(4):
        categories = {"region": ["europe" if one else "north-america" for one in is_first[row]]}
        weighting = weigh(categories, {"region": {"europe": 40, "north-america": 60}}, Scheme())
        found = weighting.mean(values[row], np.ones(12, dtype=bool))
        assert (value[row], variance[row]) == (approx(found.value), approx(found.variance))


def test_the_page_has_each_result_and_a_reason_for_each_letter() -> None:
    found = list(simulate(draws=200, sizes=(10,), names=("Mean: Student", "Net gap: Tango")))
    text = page(found)
    assert text.count("\n| ") == len(found) + 2
    assert "- a: " in text
    assert "Not explained" not in text
