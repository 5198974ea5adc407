"""Estimates how far confidence follows reality. An ordinary regression is biased if reality is measured with error.
Reality is therefore measured in two halves, and each half is the instrument of the other.

The gap is never plotted or regressed against the reality that it contains: the slope is negative by arithmetic.
`slope` exists so that this can be shown.
Source   Feld, Sauermann and de Grip (2017); Gignac and Zajenkowski (2020).
"""

import math
from dataclasses import dataclass

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class RegressionSlope:
    value: float
    se: float


def slope(outcome: Array, predictor: Array) -> RegressionSlope:
    """Slope by least squares with the usual standard error."""
    x, y = predictor - predictor.mean(), outcome - outcome.mean()
    value = float(x @ y / (x @ x))
    residuals = y - value * x
    return RegressionSlope(value, math.sqrt(float(residuals @ residuals) / (len(x) - 2) / float(x @ x)))


def instrumental_slope(outcome: Array, half1: Array, half2: Array) -> float:
    """Slope on true reality: the average of two estimates, with each half once as the instrument of the other."""
    first = np.cov(outcome, half2)[0, 1] / np.cov(half1, half2)[0, 1]
    second = np.cov(outcome, half1)[0, 1] / np.cov(half2, half1)[0, 1]
    return float((first + second) / 2)


def reliability_of_half(half1: Array, half2: Array) -> float:
    return float(np.corrcoef(half1, half2)[0, 1])


def spearman_brown(half_reliability: float) -> float:
    """Reliability of the mean of two halves."""
    return 2 * half_reliability / (1 + half_reliability)


def mean_by_quartile(values: Array, by: Array) -> list[float]:
    """Means in the four quarters of `by`, lowest first; ties in order of appearance."""
    order = np.argsort(by, kind="stable")
    return [float(values[quarter].mean()) for quarter in np.array_split(order, 4)]
