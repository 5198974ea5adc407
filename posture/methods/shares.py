"""The share of a weighted, clustered sample: the recommended interval, and the intervals of other software."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from posture.methods.intervals import LEVEL, Interval, wilson_at
from posture.methods.proportions import clopper_pearson
from posture.methods.survey import Array, Design, Estimate, Refused, mean, t_quantile


@dataclass(frozen=True)
class Share:
    """An estimated share. organization_base: Kish's effective number of organisations in the base."""

    estimate: Estimate
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


def share(answers: Array, design: Design, members: Array | None = None) -> Share:
    """Estimates a share. Raises Refused for answers other than 0 and 1, and as `mean` does."""
    answers = np.asarray(answers, dtype=float)
    if not np.isin(answers[~np.isnan(answers)], (0, 1)).all():
        raise Refused("not a yes/no answer")
    found = mean(answers, design, members)
    base = ~np.isnan(answers) & (design.weights > 0) & (True if members is None else members)
    totals = np.bincount(design.organizations[base], weights=design.weights[base])
    return Share(found, float(totals.sum() ** 2 / (totals**2).sum()))


def recommended(found: Share, *, level: float = LEVEL) -> Interval | None:
    """Wilson's interval on the effective base, at most the number of cases, with t. None for one organisation.

    Source   Kott (2017); Franco, Little, Louis and Slud (2019).
    """
    if found.estimate.df < 1:
        return None
    base = found.capped_base
    return wilson_at(found.value * base, base, t_quantile(level, found.estimate.df))


def _wilson_uncapped(found: Share, level: float) -> Interval | None:
    base = found.effective_base
    return wilson_at(found.value * base, base, t_quantile(level, found.estimate.df))


def _wald(found: Share, level: float) -> Interval:
    return found.estimate.interval(level=level)


def _logit(found: Share, level: float) -> Interval:
    return logit_interval(found.value, found.estimate.se, t_quantile(level, found.estimate.df))


def logit_interval(share: float, se: float, quantile: float) -> Interval:
    """Interval that is symmetric on the logit scale; the share must be above 0 and below 1."""
    middle = math.log(share / (1 - share))
    reach = quantile * se / (share * (1 - share))
    return Interval(_expit(middle - reach), _expit(middle + reach))


def _expit(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def _korn_graubard(found: Share, level: float) -> Interval | None:
    ratio = t_quantile(level, found.estimate.base - 1) / t_quantile(level, found.estimate.df)
    base = found.effective_base * ratio**2
    return clopper_pearson(found.value * base, base, level=level)


def _arcsine(found: Share, level: float) -> Interval:
    middle = math.asin(math.sqrt(found.value))
    reach = t_quantile(level, found.estimate.df) * found.estimate.se / (2 * math.sqrt(found.spread))
    return Interval(math.sin(max(0.0, middle - reach)) ** 2, math.sin(min(math.pi / 2, middle + reach)) ** 2)


def _rao_scott(found: Share, level: float) -> Interval:
    """The points where the likelihood has decreased as far as the design allows. Source: Rao and Scott (1984)."""
    t, n = t_quantile(level, found.estimate.df), found.estimate.base
    allowed = t**2 * found.estimate.variance / found.spread * n / (n - 1)
    p = found.value

    def fall(other: float) -> float:
        return 2 * (p * math.log(p / other) + (1 - p) * math.log((1 - p) / (1 - other))) - allowed

    return Interval(float(brentq(fall, 1e-15, p, xtol=1e-14)), float(brentq(fall, p, 1 - 1e-15, xtol=1e-14)))


def _recommended(found: Share, level: float) -> Interval | None:
    return recommended(found, level=level)


INTERVALS: dict[str, Callable[[Share, float], Interval | None]] = {
    "wald_t": _wald,
    "logit_t": _logit,
    "korn_graubard": _korn_graubard,
    "arcsine_t": _arcsine,
    "rao_scott_likelihood": _rao_scott,
    "wilson_neff_t": _wilson_uncapped,
    "wilson_neff_t_capped": _recommended,
}
