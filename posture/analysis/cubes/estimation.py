"""Computes values, errors and intervals from sums, for all groups and measures at once."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from posture.analysis.cubes.frame import Measure
from posture.analysis.cubes.sums import Layout
from posture.methods.arrays import Array, IntervalArrays, t_quantiles, tango, wilson
from posture.methods.intervals import normal_quantile

PERCENT = 100.0
SCALES = {"percent": (0.0, PERCENT), "points": (-PERCENT, PERCENT)}
SAME = 1e-12


class Figures(NamedTuple):
    """Arrays [groups, measures] of estimates; NaN where there is none. Shares are 0-1, amounts in their unit. The
    effective base is that of the interval."""

    value: Array
    se: Array
    low: Array
    high: Array
    effective_base: Array


class Bases(NamedTuple):
    """Arrays [groups, measures] of bases: rows, their weights, and Kish's effective number of rows."""

    base: Array
    weighted_base: Array
    kish_base: Array


@dataclass(frozen=True)
class Estimates:
    bases: Bases
    unweighted: Figures
    weighted: Figures


@dataclass(frozen=True)
class Estimator:
    """Computes estimates from sums. The squares are added up in double precision. The error of an amount loses its
    last digits if the mean is more than about ten thousand times the spread."""

    layout: Layout
    measures: tuple[Measure, ...]
    level: float

    def of(self, sums: Array) -> Estimates:
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = self._of_yes_no(sums) if self.layout.yes_no else None
            amounts = self._of_amounts(sums) if self.layout.amounts else None
        if shares is None or amounts is None:
            only_estimates = shares or amounts
            if only_estimates is None:
                raise ValueError("a cut has at least one measure")
            return only_estimates
        return Estimates(
            Bases(*_joined_columns(shares.bases, amounts.bases)),
            Figures(*_joined_columns(shares.unweighted, amounts.unweighted)),
            Figures(*_joined_columns(shares.weighted, amounts.weighted)),
        )

    def _of_yes_no(self, sums: Array) -> Estimates:
        base, hits, _ = self.layout.of_yes_no(sums, 0)
        weight, weight_yes, _ = self.layout.of_yes_no(sums, 1)
        squared, squared_yes, _ = self.layout.of_yes_no(sums, 2)
        share = hits / base
        ends = wilson(share, base, normal_quantile(self.level))
        plain = Figures(share, np.sqrt(share * (1 - share) / base), *ends, _or_nan(base))

        kish = weight * weight / squared
        value = np.where(hits == base, share, np.where(hits == 0, share, weight_yes / weight))
        variance = squared_yes * (1 - 2 * value) + value * value * squared
        variance = _variance(variance, weight, base)
        spread = value * (1 - value)
        effective = np.where(spread > 0, np.minimum(spread / variance, base), kish)
        quantiles = t_quantiles(base - 1, self.level)
        weighted = Figures(value, np.sqrt(variance), *wilson(value, effective, quantiles), effective)
        return Estimates(
            Bases(base.astype(np.int64), weight, kish), plain, _without_single_organizations(weighted, base)
        )

    def _of_amounts(self, sums: Array) -> Estimates:
        base, total, squares = self.layout.of_amounts(sums, 0)
        weight, weight_total, _ = self.layout.of_amounts(sums, 1)
        squared, squared_total, squared_squares = self.layout.of_amounts(sums, 2)
        quantiles = t_quantiles(base - 1, self.level)
        mean = total / base
        deviations = base * squares - total * total
        is_same = deviations <= SAME * base * squares
        se = np.sqrt(np.where(is_same, 0.0, deviations) / (base - 1)) / base
        plain = self._with_t(mean, se, is_same, quantiles, _or_nan(base))
        plain = self._with_tango(plain, base, total, squares)

        kish = weight * weight / squared
        value = weight_total / weight
        variance = squared_squares - 2 * value * squared_total + value * value * squared
        variance = np.where(is_same, 0.0, _variance(variance, weight, base))
        weighted = self._with_t(value, np.sqrt(variance), is_same, quantiles, kish)
        return Estimates(
            Bases(base.astype(np.int64), weight, kish), plain, _without_single_organizations(weighted, base)
        )

    def _with_t(self, value: Array, se: Array, is_same: Array, quantiles: Array, effective: Array) -> Figures:
        reach = np.where(is_same, np.nan, quantiles * se)
        low, high = value - reach, value + reach
        for place, measure in enumerate(self.measures[self.layout.yes_no :]):
            if measure.unit in SCALES:
                lowest, highest = SCALES[measure.unit]
                np.maximum(low[:, place], lowest, out=low[:, place])
                np.minimum(high[:, place], highest, out=high[:, place])
        return Figures(value, se, low, high, effective)

    def _with_tango(self, plain: Figures, base: Array, total: Array, squares: Array) -> Figures:
        """Estimates of differences of two yes-or-no answers, in points: 100, 0 or -100 for each organisation."""
        places = [
            place
            for place, measure in enumerate(self.measures[self.layout.yes_no :])
            if measure.method == "tango"
        ]
        if not places:
            return plain
        n, net, discordant = base[:, places], total[:, places] / PERCENT, squares[:, places] / PERCENT**2
        ends = IntervalArrays(*tango(n, (discordant + net) / 2, (discordant - net) / 2, self.level))
        plain.se[:, places] = PERCENT * np.sqrt(np.maximum(0.0, discordant / n - (net / n) ** 2) / n)
        plain.low[:, places], plain.high[:, places] = PERCENT * ends.low, PERCENT * ends.high
        return plain


def _variance(squares: Array, weight: Array, base: Array) -> Array:
    """The variance of a weighted mean, from the sum of squares of w(y - mean) over the organisations of its base."""
    return np.maximum(squares, 0.0) / (weight * weight) * (base / (base - 1))


def _or_nan(base: Array) -> Array:
    return np.where(base > 0, base, np.nan)


def _without_single_organizations(figures: Figures, base: Array) -> Figures:
    """Removes error and interval of groups of one organisation, because they would reveal its weight; the value
    stays."""
    is_single = base < 2
    for array in (figures.se, figures.low, figures.high):
        array[is_single] = np.nan
    return figures


def _joined_columns(first: tuple[Array, ...], second: tuple[Array, ...]) -> list[Array]:
    return [np.concatenate(pair, axis=1) for pair in zip(first, second, strict=True)]
