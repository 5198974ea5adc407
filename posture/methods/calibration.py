"""Compares confidence that was stated as a probability with the outcomes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression

from posture.methods.survey import Design, SurveyEstimate, mean


@dataclass(frozen=True)
class Calibration:
    """brier = reliability - resolution + uncertainty (Murphy 1973) = miscalibration - discrimination + uncertainty
    (Dimitriadis, Gneiting and Jordan 2021). over_confidence: mean stated minus hit rate, clustered by
    organisation. curve: stated value -> recalibrated."""

    mean_stated: float
    hit_rate: float
    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    over_confidence: SurveyEstimate
    miscalibration: float
    discrimination: float
    absolute_error: float
    curve: dict[float, float]


def calibrate(stated: npt.ArrayLike, outcomes: npt.ArrayLike, organizations: npt.ArrayLike) -> Calibration:
    """Computes the calibration of forecasts: stated in 0-1, outcomes 0 or 1, one each per forecast.

    Raises   ValueError for other values or an empty list.
    """
    f, y = np.asarray(stated, dtype=float), np.asarray(outcomes, dtype=float)
    if not len(f) or not ((f >= 0) & (f <= 1)).all() or not np.isin(y, (0, 1)).all():
        raise ValueError("expected probabilities and outcomes of 0 or 1")
    values, positions = np.unique(f, return_inverse=True)
    counts = np.bincount(positions)
    rates = np.bincount(positions, weights=y) / counts
    rate, n = y.mean(), len(y)
    uncertainty = rate * (1 - rate)
    brier = ((f - y) ** 2).mean()
    recalibrated = isotonic_regression(rates, weights=counts).x
    recalibrated_brier = ((recalibrated[positions] - y) ** 2).mean()
    design = Design.of(np.ones(n), np.asarray(organizations))
    return Calibration(
        mean_stated=float(f.mean()),
        hit_rate=float(rate),
        brier=float(brier),
        reliability=float((counts * (values - rates) ** 2).sum() / n),
        resolution=float((counts * (rates - rate) ** 2).sum() / n),
        uncertainty=float(uncertainty),
        over_confidence=mean(f - y, design),
        miscalibration=float(brier - recalibrated_brier),
        discrimination=float(uncertainty - recalibrated_brier),
        absolute_error=float((counts * np.abs(values - rates)).sum() / n),
        curve=dict(zip(values.tolist(), recalibrated.tolist(), strict=True)),
    )
