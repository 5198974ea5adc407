"""Computes the weights of the organisations of a wave from targets, and the weights without each organisation.

Organisations that share all target categories share their weight. So the wave is weighted once, and once more for
each combination of categories that occurs, for any number of organisations.
Source   METHODS.md, "Weights".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from posture.methods import weighting
from posture.methods.survey import Array, EstimationRefused
from posture.methods.weighting import BOUNDS, BoundsNotMet, Margins

Method = Literal["raking", "raking_trimmed", "poststratification"]
WARN_FROM_DEFF, STOP_FROM_DEFF = 1.5, 3.0
LARGEST_SHARE = 0.25
AT_THE_BOUND = 1e-6

Solver = Callable[[Array], Array]


@dataclass(frozen=True)
class Scheme:
    """The method of weighting. bounds: of a weight, where the mean weight is 1."""

    method: Method = "raking"
    bounds: tuple[float, float] = BOUNDS


@dataclass(frozen=True)
class Diagnostics:
    """Properties of a weighting. margin_error: largest distance from a target, as a share of the population.
    at_bound: organisations whose weight is at one end of the bounds. relaxed: organisations without which the others
    cannot keep the bounds; the standard error then uses the weights without bounds."""

    solver: str
    organizations: int
    margin_error: float
    smallest: float
    largest: float
    largest_over_median: float
    deff: float
    effective: float
    largest_share: float
    at_bound: int
    relaxed: int = 0

    @property
    def warns(self) -> bool:
        return self.deff >= WARN_FROM_DEFF


@dataclass(frozen=True)
class WeightedMean:
    """A weighted mean. variance: delete-one-organisation jackknife; None where the base is a single organisation."""

    value: float
    variance: float | None
    base: int
    weighted_base: float
    kish_base: float
    spread: float

    @property
    def effective_base(self) -> float:
        """The effective base, at most the base; where all values are equal, Kish's effective number."""
        if not self.spread:
            return self.kish_base
        return min(self.base, self.spread / self.variance) if self.variance else float(self.base)

    @property
    def design_effect(self) -> float | None:
        """The variance divided by that of a simple random sample, with replacement, of as many organisations. None
        where all values are equal or there is one organisation: then neither variance has a meaning."""
        if not self.spread or self.variance is None:
            return None
        return self.variance * (self.base - 1) / self.spread


@dataclass(frozen=True)
class Weighting:
    """The weights of a wave. weights: one for each organisation, mean 1. strata: the combination of categories of
    each, numbered from 0. without: row s holds the weights of the strata when one organisation of stratum s is left
    out."""

    weights: Array
    strata: Array
    without: Array
    diagnostics: Diagnostics

    def mean(self, values: Array, base: Array) -> WeightedMean:
        """The mean of the organisations in `base`, which must not be empty; values outside it are not used."""
        weights, inside = self.weights[base], values[base]
        value = float(np.average(inside, weights=weights))
        return WeightedMean(
            value=value,
            variance=self.variance(self.left_out(values, base)) if base.sum() > 1 else None,
            base=int(base.sum()),
            weighted_base=float(weights.sum()),
            kish_base=float(weights.sum() ** 2 / (weights**2).sum()),
            spread=0.0 if np.ptp(inside) == 0 else float(np.average((inside - value) ** 2, weights=weights)),
        )

    def left_out(self, values: Array, base: Array) -> Array:
        """The mean with each organisation left out in turn and the others weighted again."""
        base_values = np.where(base, values, 0.0)
        own_weights = self.without[self.strata, self.strata]
        size = len(self.without)
        sums, counts = (
            (self.without @ np.bincount(self.strata, weights=amounts, minlength=size))[self.strata]
            - own_weights * amounts
            for amounts in (base_values, base.astype(float))
        )
        return np.asarray(sums / counts)

    @staticmethod
    def variance(replicates: Array) -> float:
        size = len(replicates)
        return float((size - 1) / size * ((replicates - replicates.mean()) ** 2).sum())


def weigh(categories: Mapping[str, Sequence[str]], margins: Margins, scheme: Scheme) -> Weighting:
    """Weights the organisations. categories: dimension -> the category of each organisation, "" where it has none.

    Raises   EstimationRefused with the reason where no weights can be computed, or none that are fit for estimates.
    """
    if scheme.method == "poststratification" and len(margins) != 1:
        raise EstimationRefused(
            f"post-stratification takes targets of one dimension; these have {len(margins)}"
        )
    target_categories = {name: categories[name] for name in margins}
    size = len(next(iter(target_categories.values())))
    if size < 2:
        raise EstimationRefused("fewer than two organisations")
    weighting.check(np.ones(size), target_categories, margins)
    combinations, strata, counts = np.unique(
        np.array(list(target_categories.values())), axis=1, return_inverse=True, return_counts=True
    )
    strata = strata.ravel()
    task = _WeightingTask(dict(zip(margins, combinations.tolist(), strict=True)), margins, scheme)
    weights, solver, diagnostics = _solved(task, counts)
    without, relaxed = task.each_left_out(solver, counts)
    return Weighting(weights[strata], strata, without, replace(diagnostics, relaxed=relaxed))


def stratum_weights(
    categories: Mapping[str, Sequence[str]], counts: Array, margins: Margins, scheme: Scheme
) -> Array:
    """The weights of strata of `counts` organisations; `categories` and the result have one entry for each stratum.

    Raises   EstimationRefused as `weigh` does.
    """
    target_categories = {name: categories[name] for name in margins}
    weighting.check(counts.astype(float), target_categories, margins)
    return _solved(_WeightingTask(target_categories, margins, scheme), counts)[0]


def _solved(task: "_WeightingTask", counts: Array) -> tuple[Array, Solver, Diagnostics]:
    """The weights with their solver. Raises EstimationRefused for weights that are not fit for estimates."""
    name, solver = task.solver(counts)
    weights = solver(counts)
    diagnostics = _diagnose(name, weights, counts, task)
    if diagnostics.deff >= STOP_FROM_DEFF:
        raise EstimationRefused(
            f"weighting alone has a design effect of {diagnostics.deff:.1f}; from {STOP_FROM_DEFF:g} on no weights"
        )
    if diagnostics.largest_share > LARGEST_SHARE:
        raise EstimationRefused(f"one organisation would hold {diagnostics.largest_share:.0%} of all weights")
    return weights, solver, diagnostics


@dataclass(frozen=True)
class _WeightingTask:
    """A weighting task. categories: dimension -> the category of each stratum. Weights are those of the strata, from
    their counts of organisations; the mean weight of the organisations is 1."""

    categories: Mapping[str, Sequence[str]]
    margins: Margins
    scheme: Scheme

    @property
    def population(self) -> float:
        return max(sum(targets.values()) for targets in self.margins.values())

    def solver(self, counts: Array) -> tuple[str, Solver]:
        """The solver of the task. Bounds that the weights keep without bounding are not imposed."""
        plain = self.raked(counts)
        low, high = self.scheme.bounds
        if self.scheme.method == "poststratification":
            return "post-stratification", self.raked
        if low <= plain.min() and plain.max() <= high:
            return "raking", self.raked
        if self.scheme.method == "raking_trimmed":
            return "raking, trimming and raking again", self.trimmed
        return "raking within bounds", self.bounded

    def raked(self, counts: Array) -> Array:
        return self._ratio(lambda start: weighting.rake(start, self.categories, self.margins), counts)

    def bounded(self, counts: Array) -> Array:
        bounds = self.scheme.bounds
        return self._ratio(
            lambda start: weighting.rake_within(start, self.categories, self.margins, bounds=bounds), counts
        )

    def trimmed(self, counts: Array) -> Array:
        stratum_of = np.repeat(np.arange(len(counts)), counts)
        clipped = np.ones(len(counts))
        low, high = self.scheme.bounds
        clipped[stratum_of] = weighting.trim(self.raked(counts)[stratum_of], low=low, high=high)
        return self._ratio(
            lambda start: weighting.rake(start * clipped, self.categories, self.margins), counts
        )

    def _ratio(self, calibrate: Callable[[Array], Array], counts: Array) -> Array:
        start = counts * self.population / counts.sum()
        return np.divide(calibrate(start), start, out=np.zeros(len(start)), where=start > 0)

    def each_left_out(self, solver: Solver, counts: Array) -> tuple[Array, int]:
        """Row s: the weights without one organisation of stratum s; and the number of rows that could not keep the
        bounds."""
        weights, relaxed = [], 0
        for number in range(len(counts)):
            fewer = counts - (np.arange(len(counts)) == number)
            try:
                weights.append(solver(fewer))
            except BoundsNotMet:
                weights.append(self.raked(fewer))
                relaxed += int(counts[number])
            except EstimationRefused as error:
                stratum = ", ".join(column[number] for column in self.categories.values())
                raise EstimationRefused(
                    f"without one organisation ({stratum}) the standard error fails: {error}"
                ) from error
        return np.array(weights), relaxed


def _diagnose(solver: str, weights: Array, counts: Array, task: _WeightingTask) -> Diagnostics:
    properties = weighting.diagnose(np.repeat(weights, counts))
    start = counts * task.population / counts.sum()
    margins = weighting.check(weights * start, task.categories, task.margins)
    at_bound = np.zeros(len(weights), dtype=bool)
    for bound in task.scheme.bounds:
        at_bound |= np.abs(weights / bound - 1) < AT_THE_BOUND
    return Diagnostics(
        solver=solver,
        organizations=properties.base,
        margin_error=float(np.abs(margins.members @ margins.base - margins.targets).max() / task.population),
        smallest=properties.smallest,
        largest=properties.largest,
        largest_over_median=properties.largest_over_median,
        deff=properties.deff,
        effective=properties.effective,
        largest_share=properties.largest_share,
        at_bound=int(counts[at_bound].sum()),
    )
