"""Checks files about weighting: the weights, their diagnostics, refusals, and estimates with the weights."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from posture.methods import weighting
from posture.methods.survey import Design, EstimationRefused, mean, t_quantile
from posture.validation.report import ComparedValue, document, number, rows

Weights = np.ndarray
BASE = "base_weight"


class WeightingTask:
    """The organisations of the file, and the targets."""

    def __init__(self, folder: Path) -> None:
        self.rows = rows(folder / "expected_weights.csv")
        self.settings = document(folder / "weighting.json")
        self.margins: dict[str, dict[str, float]] = self.settings["population_margins"]
        self.base = np.array([float(row[BASE]) for row in self.rows])
        self.categories = {name: [row[name] for row in self.rows] for name in self.margins}

    def all_weights(self) -> dict[str, Weights]:
        raked = weighting.rake(self.base, self.categories, self.margins)
        low, high = self.settings["bounds_on_g_weights"]
        return {
            "poststratified": self.poststratified(self.base),
            "raked": raked,
            "raked_logit_bounded": weighting.rake_within(
                self.base, self.categories, self.margins, bounds=(low, high)
            ),
            "raked_trimmed": weighting.trim(
                raked, low=self.settings["trim_lower"], high=self.settings["trim_upper"]
            ),
        }

    def poststratified(self, base: Weights) -> Weights:
        return weighting.poststratify(base, self.categories["industry"], self.margins["industry"])


def expected_weights(path: Path) -> Iterator[ComparedValue]:
    task = WeightingTask(path.parent)
    for name, weights in task.all_weights().items():
        for row, weight in zip(task.rows, weights, strict=True):
            yield ComparedValue(f"{row['org_id']} {name}", float(weight), number(row[name]))


def weighting_settings(path: Path) -> Iterator[ComparedValue]:
    task = WeightingTask(path.parent)
    weights = {"base": task.base} | task.all_weights()
    for name, expected in task.settings["diagnostics"].items():
        diagnostics = weighting.diagnose(weights[name])
        values = {
            "n": diagnostics.base,
            "neff": diagnostics.effective,
            "deff": diagnostics.deff,
            "min": diagnostics.smallest,
            "max": diagnostics.largest,
            "sum": diagnostics.total,
            "max_over_median": diagnostics.largest_over_median,
        }
        yield from (ComparedValue(f"{name} {key}", values[key], value) for key, value in expected.items())
    for case in task.settings["must_fail"]:
        yield ComparedValue(f"{case['case']} is refused", _is_refused(task, case), True)


def _is_refused(task: WeightingTask, case: dict[str, Any]) -> bool:
    industries = task.categories["industry"]
    changed: dict[str, Callable[[], Weights]] = {
        "bounds_too_tight": lambda: weighting.rake_within(
            task.base, task.categories, task.margins, bounds=(case["bounds"][0], case["bounds"][1])
        ),
        "missing_value_in_margin_variable": lambda: weighting.rake(
            task.base, task.categories | {"industry": [None, *industries[1:]]}, task.margins
        ),
        "all_base_weights_zero": lambda: weighting.rake(0 * task.base, task.categories, task.margins),
        "negative_base_weight": lambda: weighting.rake(
            np.concatenate([[-1.0], task.base[1:]]), task.categories, task.margins
        ),
    }
    attempt = changed.get(case["case"], lambda: weighting.rake(task.base, task.categories, case["margins"]))
    try:
        attempt()
    except EstimationRefused:
        return True
    return False


def expected_weighted_estimates(path: Path) -> Iterator[ComparedValue]:
    task = WeightingTask(path.parent)
    scores = {row["org_id"]: row for row in rows(path.with_name("expected_org_scores.csv"))}
    for row in rows(path):
        name = row["statistic"]
        numbers = [number(scores[row["org_id"]][name]) for row in task.rows]
        values = np.array([np.nan if value is None else value for value in numbers])
        yield from _estimate(task, row, values)


def _estimate(task: WeightingTask, row: dict[str, str], values: Weights) -> Iterator[ComparedValue]:
    size = len(task.rows)
    kind, _, how = row["weights"].partition("_")
    weigh = WEIGHERS[kind](task)
    estimate = mean(values, Design.of(weigh(np.ones(size)), np.arange(size)))
    if how == "weights_taken_as_fixed":
        se = estimate.se
    elif how == "JK1_reraked_each_replicate":
        se = weighting.jackknife(values, weigh, size).se
    else:
        se = weighting.residual_se(values, weigh(np.ones(size)), _members(task, kind), task.base)
    reach = t_quantile(0.95, estimate.df) * se
    label = f"{row['weights']} {row['statistic']}"
    yield ComparedValue(f"{label} base", estimate.base, number(row["base_n"]))
    yield ComparedValue(f"{label} estimate", estimate.value, number(row["estimate"]))
    yield ComparedValue(f"{label} se", se, number(row["se"]))
    yield ComparedValue(f"{label} df", estimate.df, number(row["df"]))
    yield ComparedValue(f"{label} lower", estimate.value - reach, number(row["lower"]))
    yield ComparedValue(f"{label} upper", estimate.value + reach, number(row["upper"]))


WEIGHERS: dict[str, Callable[[WeightingTask], Callable[[Weights], Weights]]] = {
    "poststratified": lambda task: lambda factors: task.poststratified(task.base * factors),
    "raked": lambda task: lambda factors: weighting.rake(task.base * factors, task.categories, task.margins),
}


def _members(task: WeightingTask, kind: str) -> np.ndarray:
    names = ["industry"] if kind == "poststratified" else list(task.margins)
    margins = {name: task.margins[name] for name in names}
    return weighting.check(task.base, {name: task.categories[name] for name in names}, margins).members
