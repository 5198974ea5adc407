"""Shares, means and contrasts of respondents that are clustered in organisations and have weights.

The design is every row of the wave with a weight above zero; an estimate is about some of its rows. Variances are
linearised by organisation: organisations without a row in the estimate still belong to the design.
Source   statistics of complex samples, as in R's `survey`; Kott (2017) and Franco et al. (2019) for the interval.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from posture.methods.intervals import LEVEL, Interval

Array = np.ndarray


class EstimationRefused(ValueError):
    """Raised for data that allow no estimate; the text gives the reason."""


@dataclass(frozen=True)
class Design:
    """A sampling design. weights: one per row, none negative. organizations: the organisation of each row, numbered
    from 0."""

    weights: Array
    organizations: Array

    @classmethod
    def of(cls, weights: Array, organizations: Array) -> "Design":
        """Builds a design. Raises EstimationRefused for negative weights. Rows with weight 0 stay and have no
        effect."""
        weights = np.asarray(weights, dtype=float)
        if (weights < 0).any():
            raise EstimationRefused("negative weight")
        return cls(weights, np.unique(np.asarray(organizations), return_inverse=True)[1])

    @property
    def size(self) -> int:
        return len(np.unique(self.organizations[self.weights > 0]))

    def covariance(self, first: Array, second: Array) -> float:
        """The covariance of two sums of scores, by organisation; NaN where the design has a single organisation."""
        m = self.size
        if m < 2:
            return math.nan
        sums = [
            np.bincount(self.organizations, weights=np.where(self.weights > 0, scores, 0.0))
            for scores in (first, second)
        ]
        present = np.bincount(self.organizations, weights=self.weights) > 0
        a, b = (total[present] - total[present].mean() for total in sums)
        return float(m / (m - 1) * (a @ b))


@dataclass(frozen=True)
class SurveyEstimate:
    """A weighted mean. `scores` are the linearised contributions of each row; their sum is zero. `members`: the rows
    of the base; `weights`: theirs."""

    value: float
    variance: float
    base: int
    df: int
    weights: Array
    scores: Array
    members: Array

    @property
    def se(self) -> float:
        return math.sqrt(self.variance) if self.variance == self.variance else math.nan

    @property
    def kish_base(self) -> float:
        return float(self.weights.sum() ** 2 / (self.weights**2).sum())

    @property
    def kish_deff(self) -> float:
        return self.base / self.kish_base

    def interval(self, *, level: float = LEVEL) -> Interval:
        reach = t_quantile(level, self.df) * self.se
        return Interval(self.value - reach, self.value + reach)


def t_quantile(level: float, df: float) -> float:
    return float(stdtrit(df, (1 + level) / 2))


def t_p_value(t: float, df: float) -> float:
    """Two-sided p-value of a true value of zero."""
    return float(2 * stdtr(df, -abs(t)))


def mean(values: Array, design: Design, members: Array | None = None) -> SurveyEstimate:
    """Weighted mean of the rows that have a value and are members.

    Missing  NaN in `values`: not in the base.
    Raises   EstimationRefused when no row with a weight has a value, or a row with a value has no weight.
    """
    values = np.asarray(values, dtype=float)
    answered = ~np.isnan(values) & (np.ones(len(values), dtype=bool) if members is None else members)
    if np.isnan(design.weights[answered]).any():
        raise EstimationRefused("missing weight")
    base = answered & (design.weights > 0)
    if not base.any():
        raise EstimationRefused("no answered case with a positive weight")
    weights = design.weights[base]
    value = float(np.average(values[base], weights=weights))
    scores = np.zeros(len(values))
    scores[base] = weights * (values[base] - value) / weights.sum()
    df = len(np.unique(design.organizations[base])) - 1
    return SurveyEstimate(
        value, design.covariance(scores, scores), int(base.sum()), df, weights, scores, base
    )


@dataclass(frozen=True)
class Contrast:
    """First minus second, including their covariance; `independent_se` ignores the covariance."""

    value: float
    se: float
    covariance: float
    independent_se: float
    base: int
    df: int

    def p_value(self) -> float:
        """Two-sided p-value of no difference."""
        return t_p_value(self.value / self.se, self.df)

    def interval(self, *, level: float = LEVEL) -> Interval:
        reach = t_quantile(level, self.df) * self.se
        return Interval(self.value - reach, self.value + reach)


def contrast(first: SurveyEstimate, second: SurveyEstimate, design: Design) -> Contrast:
    """The contrast of two estimates on the same design, partly from the same organisations."""
    covariance = design.covariance(first.scores, second.scores)
    variance = first.variance + second.variance - 2 * covariance
    members = first.members | second.members
    return Contrast(
        value=first.value - second.value,
        se=math.sqrt(max(0.0, variance)),
        covariance=covariance,
        independent_se=math.sqrt(first.variance + second.variance),
        base=first.base + second.base,
        df=len(np.unique(design.organizations[members])) - 1,
    )
