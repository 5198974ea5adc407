"""Computes weights with which the organisations that answered add up to known totals. A person must vouch for the
totals. If the totals cannot be met there are no weights, and the message gives the reason."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import root

from posture.methods.survey import Array, EstimationRefused

Margins = Mapping[str, Mapping[str, float]]
Categories = Mapping[str, Sequence[str | None]]
TOLERANCE = 1e-10
MAX_ROUNDS = 10_000
BOUNDS = (0.3, 3.0)


class BoundsNotMet(EstimationRefused):
    """Raised if no weights within the bounds meet the margins."""


@dataclass(frozen=True)
class Diagnostics:
    """Properties of weights. effective: Kish's effective number of organisations. deff: the design effect of
    weighting."""

    base: int
    effective: float
    deff: float
    smallest: float
    largest: float
    total: float
    largest_over_median: float
    largest_share: float


def diagnose(weights: Array) -> Diagnostics:
    effective = float(weights.sum() ** 2 / (weights**2).sum())
    return Diagnostics(
        base=len(weights),
        effective=effective,
        deff=len(weights) / effective,
        smallest=float(weights.min()),
        largest=float(weights.max()),
        total=float(weights.sum()),
        largest_over_median=float(weights.max() / np.median(weights)),
        largest_share=float(weights.max() / weights.sum()),
    )


@dataclass(frozen=True)
class CalibrationTask:
    """Base weights, and the members and target of every category of every margin."""

    base: Array
    members: Array
    targets: Array

    @property
    def total(self) -> float:
        return float(self.targets.max())


def check(base: Sequence[float] | Array, categories: Categories, margins: Margins) -> CalibrationTask:
    """Checks the input of weighting. Raises EstimationRefused for missing values, negative or all-zero base weights,
    margins with different totals, a target without respondents, and respondents without a target."""
    weights = np.asarray(base, dtype=float)
    if (weights < 0).any():
        raise EstimationRefused("negative base weight")
    if not weights.sum() > 0:
        raise EstimationRefused("all base weights are zero")
    totals = {name: sum(targets.values()) for name, targets in margins.items()}
    if max(totals.values()) - min(totals.values()) > 1e-9 * max(totals.values()):
        raise EstimationRefused(f"the margin totals differ: {totals}")
    members, target_values = [], []
    for name, targets in margins.items():
        values = np.asarray(categories[name], dtype=object)
        if any(value is None or value == "" for value in values):
            raise EstimationRefused(f"{name}: {sum(not value for value in values)} without a category")
        unknown = sorted(set(values) - set(targets))
        if unknown:
            raise EstimationRefused(f"{name}: no target for {', '.join(unknown)}")
        for category, target in targets.items():
            belongs = values == category
            if target > 0 and not weights[belongs].sum() > 0:
                raise EstimationRefused(f"{name}: a target for {category}, but no respondents")
            members.append(belongs)
            target_values.append(float(target))
    return CalibrationTask(weights, np.array(members, dtype=float), np.array(target_values))


def poststratify(base: Sequence[float] | Array, strata: Sequence[str], totals: Mapping[str, float]) -> Array:
    """Scales each stratum to its total. Raises EstimationRefused as `check` does."""
    task = check(base, {"stratum": strata}, {"stratum": totals})
    factors = task.targets / (task.members @ task.base)
    return np.asarray(task.base * (factors @ task.members))


def rake(base: Sequence[float] | Array, categories: Categories, margins: Margins) -> Array:
    """Adjusts to the margins in turn until all of them are met. Raises EstimationRefused as `check` does, and if they
    never are.

    Source   Deming and Stephan (1940).
    """
    return _raked(check(base, categories, margins))


def _raked(task: CalibrationTask) -> Array:
    weights = task.base.copy()
    for _ in range(MAX_ROUNDS):
        for belongs, target in zip(task.members, task.targets, strict=True):
            reached = belongs @ weights
            if reached > 0:
                weights = np.where(belongs > 0, weights * target / reached, weights)
        if np.abs(task.members @ weights - task.targets).max() <= TOLERANCE * task.total:
            return np.asarray(weights)
    raise EstimationRefused("the margins cannot be met together")


def rake_within(
    base: Sequence[float] | Array,
    categories: Categories,
    margins: Margins,
    *,
    bounds: tuple[float, float] = BOUNDS,
) -> Array:
    """Rakes like `rake`, with every weight within `bounds` times its base weight.

    Raises   EstimationRefused as `check` does, and if the margins cannot be met within the bounds.
    Source   Deville and Särndal (1992), logit distance.
    """
    task = check(base, categories, margins)
    ratio = _logit_ratio(*bounds)

    def margin_errors(multipliers: Array) -> Array:
        return np.asarray(
            (task.members @ (task.base * ratio(multipliers @ task.members)) - task.targets) / task.total
        )

    solution = root(
        margin_errors, np.zeros(len(task.targets)), method="lm", options={"xtol": 1e-15, "ftol": 1e-15}
    )
    if np.abs(margin_errors(solution.x)).max() > 1e-9:
        raise BoundsNotMet(f"the bounds {bounds[0]:g} to {bounds[1]:g} cannot meet the margins")
    return np.asarray(task.base * ratio(solution.x @ task.members))


def _logit_ratio(low: float, high: float) -> Callable[[Array], Array]:
    steepness = (high - low) / ((1 - low) * (high - 1))

    def ratio(u: Array) -> Array:
        exponential = np.exp(np.clip(steepness * u, -700, 700))
        return np.asarray(
            (low * (high - 1) + high * (1 - low) * exponential) / ((high - 1) + (1 - low) * exponential)
        )

    return ratio


def trim(weights: Array, *, low: float, high: float) -> Array:
    """Clips the weights and distributes the difference equally over the others, until all are inside the bounds."""
    trimmed = np.asarray(weights, dtype=float)
    total = trimmed.sum()
    for _ in range(MAX_ROUNDS):
        is_outside = (trimmed < low - 1e-12) | (trimmed > high + 1e-12)
        if not is_outside.any():
            return trimmed
        trimmed = np.clip(trimmed, low, high)
        free = (trimmed > low) & (trimmed < high)
        if not free.any():
            break
        trimmed = np.where(free, trimmed + (total - trimmed.sum()) / free.sum(), trimmed)
    raise EstimationRefused("the limits leave nothing to spread over")


@dataclass(frozen=True)
class JackknifeEstimate:
    """A jackknife estimate: value with all organisations; se from leaving out one at a time and weighting again."""

    value: float
    se: float


def jackknife(values: Array, weigh: Callable[[Array], Array], size: int) -> JackknifeEstimate:
    """The JK1 jackknife. `weigh` takes base factors, one per organisation, and returns weights; NaN in `values` is no
    answer.

    Source   R's survey, as.svrepdesign(type = "JK1") with the calibration repeated in every replicate.
    """
    answered = ~np.isnan(values)

    def estimate(factors: Array) -> float:
        weights = weigh(factors)
        return float(np.average(values[answered], weights=weights[answered]))

    full_estimate = estimate(np.ones(size))
    replicates = []
    for left_out in range(size):
        factors = np.full(size, size / (size - 1))
        factors[left_out] = 0.0
        replicates.append(estimate(factors))
    spread = np.asarray(replicates) - np.mean(replicates)
    return JackknifeEstimate(full_estimate, float(np.sqrt((size - 1) / size * (spread**2).sum())))


def residual_se(values: Array, weights: Array, members: Array, base: Array) -> float:
    """Linearised standard error of a mean with calibrated weights, from the residuals that the margins do not
    explain.

    members  one row per category, 1 where an organisation is in it. NaN in `values` is no answer.
    Source   Deville and Särndal (1992), with the regression weighted by `base`.
    """
    answered = ~np.isnan(values)
    total = weights[answered].sum()
    centre = float(np.average(values[answered], weights=weights[answered]))
    scores = np.where(answered, values - centre, 0.0) / total
    root_weights = np.sqrt(base)
    explained = np.linalg.lstsq((members * root_weights).T, scores * root_weights, rcond=None)[0] @ members
    residuals = weights * (scores - explained)
    size = len(values)
    return float(np.sqrt(size / (size - 1) * ((residuals - residuals.mean()) ** 2).sum()))
