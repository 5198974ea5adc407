"""Computes the intervals of a release and of the explorer for many samples at once, with `posture.analysis`."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from posture.analysis.disclosure.sums_of_numbers import CLOSE
from posture.methods import arrays
from posture.methods.intervals import LEVEL, mean_t, normal_quantile
from posture.methods.paired_tables import tango_over_tables
from posture.validation.populations import Array, Population

Random = np.random.Generator
REST, PUBLISHED_BASE = 110, 300
Z = normal_quantile(LEVEL)


class SimulatedIntervals(NamedTuple):
    """Intervals, with one entry for each draw; NaN where no interval is shown. truth: the value that it should
    contain."""

    low: Array
    high: Array
    truth: Array | float


# One sample.


def share(random: Random, population: Population, size: int, draws: int) -> SimulatedIntervals:
    hits = population.draw(random, draws, size).mean(axis=1)
    return SimulatedIntervals(*arrays.wilson(hits, np.full(draws, float(size)), Z), population.mean)


def bounded_share(random: Random, population: Population, size: int, draws: int) -> SimulatedIntervals:
    """The interval of a share. A count within three of none or of all organisations has the union of the intervals of
    all counts in that range."""
    count = population.draw(random, draws, size).sum(axis=1)
    base = np.full(draws, float(size))
    lower_count = np.where(count <= CLOSE, 0, np.where(count >= size - CLOSE, size - CLOSE, count))
    upper_count = np.where(count <= CLOSE, CLOSE, np.where(count >= size - CLOSE, size, count))
    low, high = (
        arrays.wilson(lower_count / base, base, Z).low,
        arrays.wilson(upper_count / base, base, Z).high,
    )
    return SimulatedIntervals(low, high, population.mean)


def mean(random: Random, population: Population, size: int, draws: int) -> SimulatedIntervals:
    return _student(population.draw(random, draws, size), population.mean)


def _student(values: Array, truth: float) -> SimulatedIntervals:
    size = values.shape[1]
    se = values.std(axis=1, ddof=1) / size**0.5
    return around(values.mean(axis=1), se, np.full(len(values), float(size - 1)), truth)


def around(value: Array, se: Array, df: Array, truth: Array | float) -> SimulatedIntervals:
    reach = np.where(se > 0, stdtrit(df, (1 + LEVEL) / 2) * se, np.nan)
    return SimulatedIntervals(value - reach, value + reach, truth)


def bounded_mean(random: Random, population: Population, size: int, draws: int) -> SimulatedIntervals:
    """The interval of a mean of percentages. If all but three are at the same end of the scale, the interval is the
    widest that three at the other end would give."""
    values = population.draw(random, draws, size)
    ends = _student(values, population.mean)
    widest = mean_t([100.0] * CLOSE + [0.0] * (size - CLOSE)).interval
    assert widest is not None
    reach = min(100.0, widest.high)
    is_low, is_high = ((values != end).sum(axis=1) <= CLOSE for end in (0.0, 100.0))
    low = np.where(is_low, 0.0, np.where(is_high, 100.0 - reach, np.maximum(0.0, ends.low)))
    high = np.where(is_low, reach, np.where(is_high, 100.0, np.minimum(100.0, ends.high)))
    return SimulatedIntervals(low, high, population.mean)


# Pairs.


def paired(random: Random, population: Population, size: int, draws: int) -> SimulatedIntervals:
    gaps = population.draw(random, draws, size)
    over, under = (gaps > 0).sum(axis=1).astype(float), (gaps < 0).sum(axis=1).astype(float)
    return SimulatedIntervals(*arrays.tango(np.full(draws, float(size)), over, under, LEVEL), population.mean)


def bounded_paired(random: Random, population: Population, size: int, draws: int) -> SimulatedIntervals:
    """The interval of a paired difference. The gap is shown exactly; a side that is close to none or all
    organisations has the union over all counts that are as close."""
    gaps = population.draw(random, draws, size)
    counts = np.stack([(gaps > 0).sum(axis=1), (gaps < 0).sum(axis=1)], axis=1)
    tables, table_numbers = np.unique(counts, axis=0, return_inverse=True)
    ends = np.array([_bounded_table_interval(int(over), int(under), size) for over, under in tables])[
        table_numbers.ravel()
    ]
    return SimulatedIntervals(ends[:, 0], ends[:, 1], population.mean)


@lru_cache(maxsize=20_000)
def _bounded_table_interval(over: int, under: int, size: int) -> tuple[float, float]:
    first, second = (
        (0, CLOSE) if count <= CLOSE else (size - CLOSE, size) if count >= size - CLOSE else (count, count)
        for count in (over, under)
    )
    interval = tango_over_tables(first, second, (over - under, over - under), size)
    assert interval is not None
    return interval.low, interval.high


# Two groups.


def share_against_rest(random: Random, population: Population, size: int, draws: int) -> SimulatedIntervals:
    return _newcombe(random, population, size, REST, draws)


def share_against_published(
    random: Random, population: Population, size: int, draws: int
) -> SimulatedIntervals:
    return _newcombe(random, population, size, PUBLISHED_BASE, draws)


def _newcombe(
    random: Random, population: Population, size: int, others: int, draws: int
) -> SimulatedIntervals:
    shares = [population.draw(random, draws, n).mean(axis=1) for n in (size, others)]
    (low1, high1), (low2, high2) = (
        arrays.wilson(share, np.full(draws, float(n)), Z)
        for share, n in zip(shares, (size, others), strict=True)
    )
    difference = shares[0] - shares[1]
    return SimulatedIntervals(
        difference - np.hypot(shares[0] - low1, high2 - shares[1]),
        difference + np.hypot(high1 - shares[0], shares[1] - low2),
        0.0,
    )


def mean_against_rest(random: Random, population: Population, size: int, draws: int) -> SimulatedIntervals:
    return welch(population.draw(random, draws, size), population.draw(random, draws, REST), 0)


def gap_against_rest(random: Random, population: Population, size: int, draws: int) -> SimulatedIntervals:
    """The interval of the gap of a group minus that of the rest. It exists where the numbers of over-confident and
    under-confident organisations are shown exactly on both sides."""
    group_values, rest_values = population.draw(random, draws, size), population.draw(random, draws, REST)
    ends = welch(group_values, rest_values, 0)
    is_exact = np.ones(draws, dtype=bool)
    for group in (group_values, rest_values):
        for sign in (1, -1):
            count = (np.sign(group) == sign).sum(axis=1)
            is_exact &= (count > CLOSE) & (count < group.shape[1] - CLOSE)
    return SimulatedIntervals(
        np.where(is_exact, ends.low, np.nan), np.where(is_exact, ends.high, np.nan), ends.truth
    )


def welch(first: Array, second: Array, in_both: int, *, has_whole_df: bool = False) -> SimulatedIntervals:
    """First minus second, where the first `in_both` columns are the same organisations: `difference_of_means` of each
    row. has_whole_df: degrees of freedom are rounded down, as for changes."""
    sizes = [values.shape[1] for values in (first, second)]
    scaled = [
        (values - values.mean(axis=1, keepdims=True)) / (n * (n - 1)) ** 0.5
        for values, n in zip((first, second), sizes, strict=True)
    ]
    groups = [
        scaled[0][:, :in_both] - scaled[1][:, :in_both],
        scaled[0][:, in_both:],
        scaled[1][:, in_both:],
    ]
    variances = np.array([(group**2).sum(axis=1) for group in groups])
    freedom = np.array([[max(1, group.shape[1] - 1)] for group in groups])
    variance_sum = variances.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        df = variance_sum**2 / (variances**2 / freedom).sum(axis=0)
    df = np.maximum(1.0, np.floor(df + 1e-9)) if has_whole_df else df
    return around(first.mean(axis=1) - second.mean(axis=1), np.sqrt(variance_sum), df, 0.0)


# Two waves of the same size and truth.


def _waves(
    random: Random, population: Population, size: int, draws: int, in_both: int
) -> tuple[Array, Array]:
    """Two waves of answers. Half of the organisations in both waves repeat their answers."""
    first_wave, second_wave = (population.draw(random, draws, size) for _ in range(2))
    repeats_answer = random.random((draws, size)) < 0.5
    repeats_answer[:, in_both:] = False
    return first_wave, np.where(repeats_answer, first_wave, second_wave)


def change_of_mean(random: Random, population: Population, size: int, draws: int) -> SimulatedIntervals:
    first_wave, second_wave = _waves(random, population, size, draws, size // 2)
    return welch(second_wave, first_wave, size // 2, has_whole_df=True)


def change_without_panel(random: Random, population: Population, size: int, draws: int) -> SimulatedIntervals:
    first_wave, second_wave = _waves(random, population, size, draws, 0)
    return welch(second_wave, first_wave, 0, has_whole_df=True)


def change_of_share(random: Random, population: Population, size: int, draws: int) -> SimulatedIntervals:
    """The interval of the change of a share. It exists where both shares are shown exactly."""
    first_wave, second_wave = _waves(random, population, size, draws, size // 2)
    ends = welch(second_wave, first_wave, size // 2, has_whole_df=True)
    counts = np.stack([first_wave.sum(axis=1), second_wave.sum(axis=1)])
    is_exact = ((counts > CLOSE) & (counts < size - CLOSE)).all(axis=0)
    return SimulatedIntervals(
        np.where(is_exact, ends.low, np.nan), np.where(is_exact, ends.high, np.nan), ends.truth
    )


def change_in_panel(random: Random, population: Population, size: int, draws: int) -> SimulatedIntervals:
    first_wave, second_wave = _waves(random, population, size, draws, size)
    return _student(second_wave - first_wave, 0.0)
