"""Tests weighted rows: bases, intervals and the unweighted value beside each, with negative controls."""

from typing import Any

import numpy as np
import pytest
from pytest import approx

from posture.analysis.answers.wave_data import DONT_KNOW
from posture.analysis.estimates import weights
from posture.analysis.estimates.rows import PUBLISHED, Row
from posture.analysis.estimates.weights import Scheme, Weighting, weigh
from posture.analysis.release_rows.estimates import estimates
from posture.definitions.indicators import Indicator
from posture.methods.rounding import half_up
from posture.methods.survey import EstimationRefused, t_quantile
from tests.posture.analysis.small_waves import Line, choice, small, special, wave

K = 5
REGIONS = ["europe"] * 16 + ["north-america"] * 10
INCIDENT = Indicator(code="incident", item="I-R", label="Incident", statistic="share", counts=("yes",))
TARGETS = {"region": {"europe": 40, "north-america": 60}}


def incident_wave() -> Any:
    """4 of 16 in Europe and 6 of 10 in North America have an incident on record."""
    answers = ["yes"] * 4 + ["no"] * 12 + ["yes"] * 6 + ["no"] * 4
    lines: list[Line] = [choice(unit, "I-R", answer, informant=1) for unit, answer in enumerate(answers)]
    return wave(26, lines, region=REGIONS)


def rows_of(data: Any, weighting: Weighting | None) -> dict[tuple[str, str, str, str], Row]:
    rows = estimates(data, small(), (INCIDENT,), k=K, weighting=weighting)
    return {(row.subject, row.statistic, row.option, row.cohort): row for row in rows}


def weighted(data: Any) -> dict[tuple[str, str, str, str], Row]:
    return rows_of(data, weigh(data.categories(), TARGETS, Scheme()))


def test_the_weighted_share_is_that_of_the_population() -> None:
    """.4 x 4/16 + .6 x 6/10 = .46, unweighted 10/26; Europe weighs .65 and North America 1.56."""
    row = weighted(incident_wave())["incident", "share", "", "all"]
    assert (row.value, row.unweighted_value, row.base) == (0.46, 0.38, 26)
    assert row.weighted_base == 26
    assert row.method == "wilson_jackknife"
    # The sample is stratified, so each stratum's variance is p(1-p)/(n-1) with the correction of leaving one out;
    # computed by hand below.
    europe = [(0.4 * (4 - y) / 15 + 0.6 * 6 / 10) for y in [1] * 4 + [0] * 12]
    america = [(0.4 * 4 / 16 + 0.6 * (6 - y) / 9) for y in [1] * 6 + [0] * 4]
    left_out = np.array(europe + america)
    variance = 25 / 26 * ((left_out - left_out.mean()) ** 2).sum()
    assert row.se == float(half_up(variance**0.5, 3))
    effective = np.floor(0.46 * 0.54 / variance)
    assert row.effective_base == effective
    t = t_quantile(0.95, 25)
    middle, reach = (
        0.46 + t * t / (2 * effective),
        t * (0.46 * 0.54 / effective + t * t / (4 * effective**2)) ** 0.5,
    )
    assert row.ci_low == approx((middle - reach) / (1 + t * t / effective))
    assert row.ci_high == approx((middle + reach) / (1 + t * t / effective))


def test_in_one_category_weights_change_nothing_but_the_standard_error() -> None:
    row = weighted(incident_wave())["incident", "share", "", "region:europe"]
    assert (row.value, row.unweighted_value, row.base) == (0.25, 0.25, 16)
    assert row.weighted_base == float(half_up(16 * 0.65))


def test_a_share_with_few_others_in_its_base_is_a_bound_between_the_heaviest_and_the_lightest() -> None:
    """Nobody answered "don't know", which must not be published: up to three more, of .65 to 1.56 each, beside a
    weight of 26. .455 x 26 / (26 + 3 x 1.56) = .385 and .465; the interval is that of both ends on the effective
    base."""
    rows = weighted(incident_wave())
    row, exact = rows["I-R", "share", "yes", "all"], rows["incident", "share", "", "all"]
    assert (row.value, row.bound, row.base, row.se, row.unweighted_value) == (0.47, "at_most", 26, None, None)
    assert row.ci_low is not None
    assert exact.ci_low is not None
    assert row.ci_low < exact.ci_low - 0.05
    assert (row.ci_high or 0) > (exact.ci_high or 1)


def test_without_targets_nothing_is_weighted() -> None:
    row = rows_of(incident_wave(), None)["incident", "share", "", "all"]
    assert (row.value, row.weighted_base, row.effective_base, row.unweighted_value) == (
        10 / 26,
        None,
        None,
        None,
    )
    assert row.method == "wilson"


def test_a_paired_gap_is_weighted_and_has_its_test() -> None:
    """10 of 20 American executives do not know of an incident on record, 4 the other way; of 20 in Europe 4 and 8."""
    yes, no = ("yes", "yes"), ("no", "no")
    over, under = ("no", "yes"), ("yes", "no")
    europe = [over] * 4 + [under] * 8 + [yes] * 4 + [no] * 4
    america = [over] * 10 + [under] * 4 + [yes] * 3 + [no] * 3
    lines = [
        line
        for unit, (belief, evidence) in enumerate(europe + america)
        for line in (choice(unit, "I-C", belief, informant=0), choice(unit, "I-R", evidence, informant=1))
    ]
    rows = weighted(wave(40, lines, region=["europe"] * 20 + ["north-america"] * 20))
    gap, more, less = (rows["I-P", name, "", "all"] for name in ("gap", "gap_over", "gap_under"))
    assert gap.value == approx(100 * (0.6 * 6 / 20) - 100 * (0.4 * 4 / 20))
    assert gap.unweighted_value == 100 * (14 - 12) / 40
    assert (more.value, less.value) == (0.38, 0.28)
    assert gap.method == "t_jackknife"
    assert gap.p_value is not None
    assert gap.ci_low is not None
    assert (gap.p_value < 0.05) == (gap.ci_low > 0)


def test_what_is_withheld_has_no_weighted_number_either() -> None:
    few = wave(26, [choice(unit, "I-R", "yes", informant=1) for unit in range(4)], region=REGIONS)
    for row in weighted(few).values():
        if row.status != PUBLISHED:
            assert (row.weighted_base, row.effective_base, row.unweighted_value, row.p_value) == (None,) * 4


def test_an_organisation_without_a_region_cannot_be_weighted_by_region() -> None:
    data = wave(3, [], region=["europe", "", "europe"])
    with pytest.raises(EstimationRefused):
        weigh(data.categories(), TARGETS, Scheme())


def test_weights_taken_as_fixed_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: every replicate keeps the weights of the whole wave."""
    correct = weighted(incident_wave())["incident", "share", "", "all"]

    def fixed(task: Any, solver: Any, counts: np.ndarray) -> tuple[np.ndarray, int]:
        return np.tile(solver(counts), (len(counts), 1)), 0

    monkeypatch.setattr(weights._WeightingTask, "each_left_out", fixed)
    faulty = weighted(incident_wave())["incident", "share", "", "all"]
    assert faulty.value == correct.value
    assert (faulty.ci_low, faulty.ci_high) != (correct.ci_low, correct.ci_high)


# Design effects.


def complete_wave() -> Any:
    """16 in Europe and 10 in North America answered, and 8 of each do not know, so that bases and errors are
    published."""
    answers = ["yes"] * 5 + ["no"] * 11 + ["yes"] * 6 + ["no"] * 4
    lines: list[Line] = [choice(unit, "I-R", answer, informant=1) for unit, answer in enumerate(answers)]
    lines += [special(26 + place, "I-R", DONT_KNOW) for place in range(16)]
    return wave(42, lines, region=REGIONS + ["europe"] * 8 + ["north-america"] * 8)


def test_the_design_effect_is_the_variance_over_that_of_a_simple_random_sample() -> None:
    data = complete_wave()
    weighting = weigh(data.categories(), TARGETS, Scheme())
    row = rows_of(data, weighting)["I-R", "share", "yes", "all"]
    assert row.status == PUBLISHED
    hits = data.item("I-R").chose("yes").astype(float)
    weight = np.where(data.segments["region"] == data.segments["region"][0], 40 / 24, 60 / 18)
    share = np.average(hits, weights=weight)
    assert row.value == approx(float(half_up(share, 2)))
    assert row.se is not None
    # From the printed error, whose last digit is .001.
    low, high = (((row.se + end) ** 2) * 41 / (share * (1 - share)) for end in (-0.0005, 0.0005))
    assert row.design_effect is not None
    assert low - 0.005 <= row.design_effect <= high + 0.005
    assert row.effective_base == np.floor(min(42, 41 / row.design_effect)) or row.design_effect < 1


def test_equal_weights_have_a_design_effect_of_one() -> None:
    data = complete_wave()
    weighting = weigh(data.categories(), {"region": {"europe": 24, "north-america": 18}}, Scheme())
    everybody = np.ones(42, dtype=bool)
    values = np.arange(42.0)
    plain = Weighting(np.ones(42), np.zeros(42, dtype=int), np.ones((1, 1)), weighting.diagnostics)
    assert plain.mean(values, everybody).design_effect == approx(1)


def test_where_all_agree_or_nothing_is_weighted_there_is_no_design_effect() -> None:
    data = complete_wave()
    weighting = weigh(data.categories(), TARGETS, Scheme())
    everybody = np.ones(42, dtype=bool)
    assert weighting.mean(np.full(42, 7.0), everybody).design_effect is None
    assert {row.design_effect for row in rows_of(data, None).values()} == {None}
    for row in rows_of(data, weighting).values():
        assert row.design_effect is None or (row.se is not None and not row.bound)
