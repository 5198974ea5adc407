"""The share of a weighted, clustered sample: the recommended interval, and the intervals of other software."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from posture.methods.intervals import LEVEL, Interval, wilson_at
from posture.methods.proportions import clopper_pearson
from posture.methods.survey import Array, Design, EstimationRefused, SurveyEstimate, mean, t_quantile


@dataclass(frozen=True)
class ShareEstimate:
    """An estimated share. organization_base: Kish's effective number of organisations in the base."""

    estimate: SurveyEstimate
    organization_base: float

    @property
    def value(self) -> float:
        return self.estimate.value

    @property
    def spread(self) -> float:
        return self.value * (1 - self.value)

    @property
    def effective_base(self) -> float:
        """The effective base p(1-p)/v; infinite where the variance is zero inside 0-1."""
        return self.spread / self.estimate.variance if self.estimate.variance else math.inf

    @property
    def deff(self) -> float:
        """The design effect compared with sampling with replacement."""
        return self.estimate.variance / (self.spread / (self.estimate.base - 1))

    @property
    def capped_base(self) -> float:
        """The effective base, at most the number of cases; where all answers agree, the effective number of
        organisations."""
        return min(self.effective_base, self.estimate.base) if self.spread else self.organization_base


def share(answers: Array, design: Design, members: Array | None = None) -> ShareEstimate:
    """Estimates a share. Raises EstimationRefused for answers other than 0 and 1, and as `mean` does."""
    answers = np.asarray(answers, dtype=float)
    if not np.isin(answers[~np.isnan(answers)], (0, 1)).all():
        raise EstimationRefused("not a yes/no answer")
    estimate = mean(answers, design, members)
    base = ~np.isnan(answers) & (design.weights > 0) & (True if members is None else members)
    totals = np.bincount(design.organizations[base], weights=design.weights[base])
    return ShareEstimate(estimate, float(totals.sum() ** 2 / (totals**2).sum()))


def recommended(estimated: ShareEstimate, *, level: float = LEVEL) -> Interval | None:
    """Wilson's interval on the effective base, at most the number of cases, with t. None for one organisation.

    Source   Kott (2017); Franco, Little, Louis and Slud (2019).
    """
    if estimated.estimate.df < 1:
        return None
    base = estimated.capped_base
    return wilson_at(estimated.value * base, base, t_quantile(level, estimated.estimate.df))


def _wilson_uncapped(estimated: ShareEstimate, level: float) -> Interval | None:
    base = estimated.effective_base
    return wilson_at(estimated.value * base, base, t_quantile(level, estimated.estimate.df))


def _wald(estimated: ShareEstimate, level: float) -> Interval:
    return estimated.estimate.interval(level=level)


def _logit(estimated: ShareEstimate, level: float) -> Interval:
    return logit_interval(estimated.value, estimated.estimate.se, t_quantile(level, estimated.estimate.df))


def logit_interval(share: float, se: float, quantile: float) -> Interval:
    """Interval that is symmetric on the logit scale; the share must be above 0 and below 1."""
    middle = math.log(share / (1 - share))
    reach = quantile * se / (share * (1 - share))
    return Interval(_expit(middle - reach), _expit(middle + reach))


def _expit(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def _korn_graubard(estimated: ShareEstimate, level: float) -> Interval | None:
    ratio = t_quantile(level, estimated.estimate.base - 1) / t_quantile(level, estimated.estimate.df)
    base = estimated.effective_base * ratio**2
    return clopper_pearson(estimated.value * base, base, level=level)


def _arcsine(estimated: ShareEstimate, level: float) -> Interval:
    middle = math.asin(math.sqrt(estimated.value))
    reach = (
        t_quantile(level, estimated.estimate.df) * estimated.estimate.se / (2 * math.sqrt(estimated.spread))
    )
    return Interval(math.sin(max(0.0, middle - reach)) ** 2, math.sin(min(math.pi / 2, middle + reach)) ** 2)


def _rao_scott(estimated: ShareEstimate, level: float) -> Interval:
    """The points where the likelihood has decreased as far as the design allows. Source: Rao and Scott (1984)."""
    t, n = t_quantile(level, estimated.estimate.df), estimated.estimate.base
    allowed = t**2 * estimated.estimate.variance / estimated.spread * n / (n - 1)
    p = estimated.value

    def likelihood_drop(other: float) -> float:
        return 2 * (p * math.log(p / other) + (1 - p) * math.log((1 - p) / (1 - other))) - allowed

    return Interval(
        float(brentq(likelihood_drop, 1e-15, p, xtol=1e-14)),
        float(brentq(likelihood_drop, p, 1 - 1e-15, xtol=1e-14)),
    )


def _recommended(estimated: ShareEstimate, level: float) -> Interval | None:
    return recommended(estimated, level=level)


INTERVALS: dict[str, Callable[[ShareEstimate, float], Interval | None]] = {
    "wald_t": _wald,
    "logit_t": _logit,
    "korn_graubard": _korn_graubard,
    "arcsine_t": _arcsine,
    "rao_scott_likelihood": _rao_scott,
    "wilson_neff_t": _wilson_uncapped,
    "wilson_neff_t_capped": _recommended,
}
