"""Tests weights of organisations: the margins are met, the standard error comes from weighting again without each
organisation, and invalid targets are refused with the reason."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from posture.analysis.estimates.weights import Scheme, Weighting, weigh
from posture.methods.survey import Design, EstimationRefused, mean
from posture.methods.weighting import jackknife, rake, rake_within

REFERENCE = Path(__file__).parents[3] / "reference" / "methods"
SECTORS = ["a"] * 12 + ["b"] * 6 + ["c"] * 2
SIZES = ["s", "l"] * 10
TARGETS = {"sector": {"a": 50, "b": 30, "c": 20}, "size_band": {"s": 60, "l": 40}}
CATEGORIES = {"sector": SECTORS, "size_band": SIZES}


def test_the_margins_are_met_and_the_mean_weight_is_one() -> None:
    weighting = weigh(CATEGORIES, TARGETS, Scheme())
    shares = {
        name: weighting.weights[np.array(SECTORS) == name].sum() / weighting.weights.sum()
        for name in ("a", "b", "c")
    }
    assert shares == {"a": approx(0.5), "b": approx(0.3), "c": approx(0.2)}
    assert weighting.weights[np.array(SIZES) == "s"].sum() / weighting.weights.sum() == approx(0.6)
    assert weighting.weights.mean() == approx(1)
    assert weighting.diagnostics.margin_error < 1e-9


def test_one_dimension_gives_target_share_over_sample_share() -> None:
    """6 of 20 are b and the target is 3 of 10; 12 of 20 are a, target 1 of 2; 2 of 20 are c, target 1 of 5."""
    weighting = weigh(CATEGORIES, {"sector": TARGETS["sector"]}, Scheme("poststratification"))
    assert dict(zip(SECTORS, weighting.weights, strict=True)) == {
        "a": approx(5 / 6),
        "b": approx(1),
        "c": approx(2),
    }
    weights = [5 / 6] * 12 + [1] * 6 + [2] * 2
    assert weighting.diagnostics.effective == approx(20**2 / sum(weight**2 for weight in weights))
    assert weighting.diagnostics.deff == approx(20 / weighting.diagnostics.effective)
    assert weighting.diagnostics.largest_share == approx(2 / 20)


@pytest.mark.parametrize(
    "scheme", [Scheme(), Scheme("raking", (0.69, 5)), Scheme("raking_trimmed", (0.69, 5))]
)
def test_leaving_out_by_strata_is_leaving_out_each_organisation(scheme: Scheme) -> None:
    """Compares the standard error with that of weighting all organisations again without each one."""
    random = np.random.default_rng(1)
    doubled = {name: column * 2 for name, column in CATEGORIES.items()}
    values, base = random.normal(size=40), random.random(40) < 0.8
    weighting = weigh(doubled, TARGETS, scheme)
    assert weighting.diagnostics.relaxed == 0

    def anew(factors: np.ndarray) -> np.ndarray:
        inside = factors > 0
        weights = np.zeros(40)
        weights[inside] = _plain({name: np.array(column)[inside] for name, column in doubled.items()}, scheme)
        return weights

    expected = jackknife(np.where(base, values, np.nan), anew, 40)
    measured = weighting.mean(values, base)
    assert measured.value == approx(expected.value)
    assert np.sqrt(measured.variance or 0) == approx(expected.se)


def _plain(categories: dict[str, Any], scheme: Scheme) -> np.ndarray:
    start = np.full(len(categories["sector"]), 100 / len(categories["sector"]))
    if scheme.bounds == (0.3, 3):
        return rake(start, categories, TARGETS)
    if scheme.method == "raking":
        return rake_within(start, categories, TARGETS, bounds=scheme.bounds)
    return _trimmed(
        rake(start, categories, TARGETS) / start, scheme, lambda w: rake(w * start, categories, TARGETS)
    )


def _trimmed(ratio: np.ndarray, scheme: Scheme, again: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Clips the weights and divides the remainder equally among the others, until all are inside of the bounds."""
    low, high = scheme.bounds
    for _ in range(1000):
        ratio = np.clip(ratio, low, high)
        free = (ratio > low) & (ratio < high)
        missing = len(ratio) - ratio.sum()
        if abs(missing) < 1e-13:
            break
        ratio = np.where(free, ratio + missing / free.sum(), ratio)
    return again(ratio)


def table(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(newline="") as lines:
        return list(csv.DictReader(lines))


def reference_weighting(scheme: Scheme) -> tuple[Weighting, list[str]]:
    organizations = table("expected_weights.csv")
    settings = json.loads((REFERENCE / "weighting.json").read_text())
    categories = {name: [row[name] for row in organizations] for name in ("industry", "size_band")}
    weighting = weigh(categories, settings["population_margins"], scheme)
    return weighting, [row["org_id"] for row in organizations]


@pytest.mark.parametrize(
    ("scheme", "column"),
    [
        (Scheme("raking", (0.01, 100)), "raked"),
        (Scheme("raking", (0.31, 4.06)), "raked_logit_bounded"),
    ],
)
def test_the_weights_are_those_of_the_reference_program(scheme: Scheme, column: str) -> None:
    weighting, _ = reference_weighting(scheme)
    expected = np.array([float(row[column]) for row in table("expected_weights.csv")])
    assert weighting.weights * 3300 / 63 == approx(expected, rel=1e-5)


def test_a_replicate_that_cannot_keep_the_bounds_is_raked_without_them() -> None:
    """Without the only medium or the only small manufacturer, no weights within 0.31 to 4.06 meet the margins."""
    weighting, _ = reference_weighting(Scheme("raking", (0.31, 4.06)))
    assert weighting.diagnostics.relaxed == 2


@pytest.mark.parametrize("statistic", ["R_all", "C_all"])
def test_the_standard_error_is_that_of_the_reference_program(statistic: str) -> None:
    """Uses R's replicate weights, which are raked again in each replicate. Weights taken as fixed give another
    standard error."""
    weighting, organizations = reference_weighting(Scheme("raking", (0.01, 100)))
    scores = {row["org_id"]: row[statistic] for row in table("expected_org_scores.csv")}
    values = np.array(
        [
            float(scores[organization]) if scores[organization] not in ("", "NA") else np.nan
            for organization in organizations
        ]
    )
    measured = weighting.mean(values, ~np.isnan(values))
    expected = {
        row["weights"]: row
        for row in table("expected_weighted_estimates.csv")
        if row["statistic"] == statistic
    }
    raked, fixed = expected["raked_JK1_reraked_each_replicate"], expected["raked_weights_taken_as_fixed"]
    assert measured.value == approx(float(raked["estimate"]), rel=1e-6)
    assert np.sqrt(measured.variance or 0) == approx(float(raked["se"]), rel=1e-4)
    assert np.sqrt(measured.variance or 0) != approx(float(fixed["se"]), rel=1e-2)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"sector": {"a": 50, "b": 30, "c": 10, "d": 10}}, "a target for d, but no respondents"),
        ({"sector": {"a": 50, "b": 30, "c": 21}}, "margin totals differ"),
        ({"sector": {"a": 50, "b": 50}}, "no target for c"),
    ],
)
def test_targets_that_cannot_be_met_are_refused_with_the_reason(changed: Any, reason: str) -> None:
    with pytest.raises(EstimationRefused, match=reason):
        weigh(CATEGORIES, TARGETS | changed, Scheme())


def test_a_missing_category_is_refused() -> None:
    with pytest.raises(EstimationRefused, match="sector: 1 without a category"):
        weigh(CATEGORIES | {"sector": ["", *SECTORS[1:]]}, TARGETS, Scheme())


def test_bounds_that_cannot_be_met_are_refused() -> None:
    with pytest.raises(EstimationRefused, match=r"the bounds 0\.95 to 1\.05 cannot meet the margins"):
        weigh(CATEGORIES, TARGETS, Scheme("raking", (0.95, 1.05)))


def test_margins_that_contradict_each_other_are_refused() -> None:
    """All of a are s, so there cannot be more of a than of s."""
    categories = {"sector": ["a", "a", "a", "b", "b", "b"], "size_band": ["s", "s", "s", "l", "l", "l"]}
    with pytest.raises(EstimationRefused, match="cannot be met together"):
        weigh(categories, {"sector": {"a": 60, "b": 40}, "size_band": {"s": 40, "l": 60}}, Scheme())


def test_a_category_with_one_organisation_has_no_standard_error_so_no_weights() -> None:
    categories = {"sector": ["a"] * 5 + ["b"]}
    with pytest.raises(EstimationRefused, match=r"without one organisation \(b\) the standard error fails"):
        weigh(categories, {"sector": {"a": 80, "b": 20}}, Scheme())


def test_post_stratification_takes_one_dimension() -> None:
    with pytest.raises(EstimationRefused, match="these have 2"):
        weigh(CATEGORIES, TARGETS, Scheme("poststratification"))


def test_a_design_effect_of_three_stops() -> None:
    """Four of 40 represent 55 %: 40 (0.3025/4 + 0.2025/36) = 3.25; with 50 %: 40 (0.25/4 + 0.25/36) = 2.78."""
    categories = {"sector": ["a"] * 36 + ["b"] * 4}
    with pytest.raises(EstimationRefused, match=r"design effect of 3\.2"):
        weigh(categories, {"sector": {"a": 45, "b": 55}}, Scheme("raking", (0.1, 10)))
    weighting = weigh(categories, {"sector": {"a": 50, "b": 50}}, Scheme("raking", (0.1, 10)))
    assert weighting.diagnostics.deff == approx(25 / 9)


def test_one_organisation_with_more_than_a_quarter_stops() -> None:
    """Two of four represent 60 of 100, so each has 30 %, and the design effect is only 1.04."""
    with pytest.raises(EstimationRefused, match="30% of all weights"):
        weigh({"sector": ["a", "a", "b", "b"]}, {"sector": {"a": 60, "b": 40}}, Scheme())


def test_a_warning_comes_with_a_design_effect_of_one_and_a_half() -> None:
    """Four of 20 represent half: 20 (0.25/4 + 0.25/16) = 1.5625; with 45 %: 20 (0.2025/4 + 0.3025/16) = 1.390625."""
    categories = {"sector": ["a"] * 16 + ["b"] * 4}
    for b, deff, warns in ((50, 1.5625, True), (45, 1.390625, False)):
        diagnostics = weigh(categories, {"sector": {"a": 100 - b, "b": b}}, Scheme()).diagnostics
        assert (diagnostics.deff, diagnostics.warns) == (approx(deff), warns)


def test_organisations_at_the_bound_are_counted() -> None:
    weighting = weigh(CATEGORIES, TARGETS, Scheme("raking", (0.5, 2.2)))
    assert weighting.diagnostics.solver == "raking within bounds"
    assert weighting.diagnostics.largest <= 2.2
    assert weighting.diagnostics.at_bound == int((np.abs(weighting.weights / 2.2 - 1) < 1e-6).sum())


@given(st.lists(st.integers(0, 1), min_size=20, max_size=20), st.integers(1, 1000))
def test_the_scale_of_the_targets_changes_nothing(answers: list[int], times: int) -> None:
    values, everybody = np.array(answers, dtype=float), np.ones(20, dtype=bool)
    larger = {
        name: {category: count * times for category, count in counts.items()}
        for name, counts in TARGETS.items()
    }
    first, second = (
        weigh(CATEGORIES, targets, Scheme()).mean(values, everybody) for targets in (TARGETS, larger)
    )
    assert first.value == approx(second.value)
    assert first.variance == approx(second.variance, abs=1e-12)


def test_targets_like_the_sample_give_the_unweighted_numbers() -> None:
    """The standard error is then that of a mean with n - 1: p (1 - p) / (n - 1)."""
    values = np.array([1.0] * 5 + [0.0] * 15)
    estimate = weigh({"sector": ["a"] * 20}, {"sector": {"a": 7}}, Scheme()).mean(
        values, np.ones(20, dtype=bool)
    )
    assert estimate.value == approx(0.25)
    assert estimate.variance == approx(0.25 * 0.75 / 19)
    assert estimate.effective_base == approx(19)
    design = Design.of(np.ones(20), np.arange(20))
    assert estimate.variance == approx(mean(values, design).variance)


def test_where_all_agree_the_effective_base_is_that_of_the_weights() -> None:
    weighting = weigh(CATEGORIES, TARGETS, Scheme())
    estimate = weighting.mean(np.ones(20), np.ones(20, dtype=bool))
    assert estimate.effective_base == approx(weighting.diagnostics.effective)
    assert estimate.variance == approx(0)
