"""Checks files about weighting: the weights, their diagnostics, refusals, and estimates with the weights."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from posture.methods import weighting
from posture.methods.survey import Design, EstimationRefused, mean, t_quantile
from posture.validation.report import Compared, document, number, rows

Weights = np.ndarray
BASE = "base_weight"


class Task:
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


def expected_weights(path: Path) -> Iterator[Compared]:
    task = Task(path.parent)
    for name, weights in task.all_weights().items():
        for row, weight in zip(task.rows, weights, strict=True):
            yield Compared(f"{row['org_id']} {name}", float(weight), number(row[name]))


def weighting_settings(path: Path) -> Iterator[Compared]:
    task = Task(path.parent)
    weights = {"base": task.base} | task.all_weights()
    for name, expected in task.settings["diagnostics"].items():
        found = weighting.diagnose(weights[name])
        values = {
            "n": found.base,
            "neff": found.effective,
            "deff": found.deff,
            "min": found.smallest,
            "max": found.largest,
            "sum": found.total,
            "max_over_median": found.largest_over_median,
        }
        yield from (Compared(f"{name} {key}", values[key], value) for key, value in expected.items())
    for case in task.settings["must_fail"]:
        yield Compared(f"{case['case']} is refused", _is_refused(task, case), True)


def _is_refused(task: Task, case: dict[str, Any]) -> bool:
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


def expected_weighted_estimates(path: Path) -> Iterator[Compared]:
    task = Task(path.parent)
    scores = {row["org_id"]: row for row in rows(path.with_name("expected_org_scores.csv"))}
    for row in rows(path):
        name = row["statistic"]
        found = [number(scores[one["org_id"]][name]) for one in task.rows]
        values = np.array([np.nan if value is None else value for value in found])
        yield from _estimate(task, row, values)


def _estimate(task: Task, row: dict[str, str], values: Weights) -> Iterator[Compared]:
    size = len(task.rows)
    kind, _, how = row["weights"].partition("_")
    weigh = WEIGHERS[kind](task)
    whole = mean(values, Design.of(weigh(np.ones(size)), np.arange(size)))
    if how == "weights_taken_as_fixed":
        se = whole.se
    elif how == "JK1_reraked_each_replicate":
        se = weighting.jackknife(values, weigh, size).se
    else:
        se = weighting.residual_se(values, weigh(np.ones(size)), _members(task, kind), task.base)
    reach = t_quantile(0.95, whole.df) * se
    place = f"{row['weights']} {row['statistic']}"
    yield Compared(f"{place} base", whole.base, number(row["base_n"]))
    yield Compared(f"{place} estimate", whole.value, number(row["estimate"]))
    yield Compared(f"{place} se", se, number(row["se"]))
    yield Compared(f"{place} df", whole.df, number(row["df"]))
    yield Compared(f"{place} lower", whole.value - reach, number(row["lower"]))
    yield Compared(f"{place} upper", whole.value + reach, number(row["upper"]))


WEIGHERS: dict[str, Callable[[Task], Callable[[Weights], Weights]]] = {
    "poststratified": lambda task: lambda factors: task.poststratified(task.base * factors),
    "raked": lambda task: lambda factors: weighting.rake(task.base * factors, task.categories, task.margins),
}


def _members(task: Task, kind: str) -> np.ndarray:
    names = ["industry"] if kind == "poststratified" else list(task.margins)
    margins = {name: task.margins[name] for name in names}
    return weighting.check(task.base, {name: task.categories[name] for name in names}, margins).members
