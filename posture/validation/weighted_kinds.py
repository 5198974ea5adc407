"""Computes the intervals of weighted numbers for many samples at once. Two strata are 40 % and 60 % of the
population, and 60 % and 40 % of the organisations that take part."""

import numpy as np

from posture.methods import arrays
from posture.methods.intervals import LEVEL
from posture.validation.interval_kinds import Random, SimulatedIntervals, around
from posture.validation.populations import Array, Population

IN_POPULATION, IN_SAMPLE = 0.4, 0.6
HEAVY, LIGHT = 2.0, 0.5


def _sample(random: Random, population: Population, size: int, draws: int) -> tuple[Array, Array]:
    """Answers, and whether each organisation is in the first stratum."""
    return population.draw(random, draws, size), random.random((draws, size)) < IN_SAMPLE


def jackknife(values: Array, is_first: Array) -> tuple[Array, Array]:
    """Mean weighted to the strata of the population, and its variance with each organisation left out in turn and the
    others weighted again. NaN where a stratum has fewer than two."""
    size = values.shape[1]
    value, replicates = np.zeros(len(values)), np.zeros(values.shape)
    for in_stratum, share in ((is_first, IN_POPULATION), (~is_first, 1 - IN_POPULATION)):
        n = np.where(in_stratum.sum(axis=1) > 1, in_stratum.sum(axis=1), np.nan)[:, None]
        total = np.where(in_stratum, values, 0.0).sum(axis=1, keepdims=True)
        value += share * (total / n)[:, 0]
        replicates += share * np.where(in_stratum, (total - values) / (n - 1), total / n)
    deviations = replicates - replicates.mean(axis=1, keepdims=True)
    return value, (size - 1) / size * (deviations**2).sum(axis=1)


def _rounded(values: Array, decimals: int) -> Array:
    """Rounds half up, as weighted numbers are published."""
    return np.floor(values * 10**decimals + 0.5) / 10**decimals


def weighted_share(random: Random, population: Population, size: int, draws: int) -> SimulatedIntervals:
    answers, is_first = _sample(random, population, size, draws)
    value, variance = jackknife(answers, is_first)
    spread = value * (1 - value)
    weights = np.where(is_first, IN_POPULATION, 1 - IN_POPULATION)
    counts = np.where(is_first, is_first.sum(axis=1)[:, None], (~is_first).sum(axis=1)[:, None])
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = weights / counts
        kish = weights.sum(axis=1) ** 2 / (weights**2).sum(axis=1)
        effective = np.where(spread > 0, np.minimum(spread / variance, size), kish)
    effective = np.maximum(1.0, np.floor(effective + 1e-9))
    rounded_value = np.where(spread > 0, np.clip(_rounded(value, 2), 0.01, 0.99), value)
    return SimulatedIntervals(
        *arrays.wilson(rounded_value, effective, _quantile(size, draws)), population.mean
    )


def weighted_mean(random: Random, population: Population, size: int, draws: int) -> SimulatedIntervals:
    value, variance = jackknife(*_sample(random, population, size, draws))
    df = np.full(draws, float(size - 1))
    return around(_rounded(value, 0), _rounded(np.sqrt(variance), 1), df, population.mean)


def _linearised(
    random: Random, population: Population, size: int, draws: int
) -> tuple[Array, Array, Array, Array]:
    """Answers, weights that are taken as fixed, the weighted mean and its variance."""
    answers, is_first = _sample(random, population, size, draws)
    weights = np.where(is_first, LIGHT, HEAVY)
    weight_sum = weights.sum(axis=1, keepdims=True)
    value = (weights * answers).sum(axis=1, keepdims=True) / weight_sum
    variance = ((weights * (answers - value) / weight_sum) ** 2).sum(axis=1) * size / (size - 1)
    return answers, weights, value[:, 0], variance


def explorer_share(random: Random, population: Population, size: int, draws: int) -> SimulatedIntervals:
    _, weights, value, variance = _linearised(random, population, size, draws)
    spread = value * (1 - value)
    kish = weights.sum(axis=1) ** 2 / (weights**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        effective = np.where(spread > 1e-12, np.minimum(spread / variance, size), kish)
    return SimulatedIntervals(
        *arrays.wilson(np.clip(value, 0.0, 1.0), effective, _quantile(size, draws)), population.mean
    )


def explorer_mean(random: Random, population: Population, size: int, draws: int) -> SimulatedIntervals:
    _, _, value, variance = _linearised(random, population, size, draws)
    return around(value, np.sqrt(variance), np.full(draws, float(size - 1)), population.mean)


def _quantile(size: int, draws: int) -> Array:
    return arrays.t_quantiles(np.full(draws, size - 1), LEVEL)
