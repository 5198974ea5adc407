"""Compares the probabilities that organisations stated with the outcomes. One forecast for each organisation and
definition.

Source   METHODS.md, "Forecasts".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from scipy.optimize import isotonic_regression

from posture.analysis.answers.wave_data import NOT_APPLICABLE, Column, Mask, WaveData
from posture.analysis.disclosure.sums_of_numbers import CLOSE
from posture.analysis.estimates import item_bases
from posture.analysis.waves.two_waves import WaveInput
from posture.definitions.forecasts import Forecast
from surveys.instrument.questionnaire_definition import Questionnaire

CERTAIN_STEP = 10


@dataclass(frozen=True)
class Forecasts:
    """Arrays with one entry for each organisation of either wave.

    asked     whether the organisation was asked for the probability
    stated    0 to 1, NaN where there is none
    happened  1 or 0, NaN where it is not known
    """

    units: np.ndarray
    asked: Mask
    stated: np.ndarray
    happened: np.ndarray

    @property
    def counted(self) -> Mask:
        return ~np.isnan(self.stated) & ~np.isnan(self.happened)

    def within(self, step: "Step") -> Mask:
        tens = np.full(len(self.units), -1)
        tens[self.counted] = _tens(self.stated[self.counted])
        return (tens >= step.first) & (tens <= step.last)


@dataclass(frozen=True)
class Step:
    """A range of stated probabilities in steps of ten, from `first` to `last`, both included; a certain 100 is a step
    of its own."""

    first: int
    last: int
    organizations: int
    hits: int

    @property
    def name(self) -> str:
        return f"{10 * self.first}-{100 if self.last == CERTAIN_STEP else 10 * self.last + 9}"

    @property
    def rate(self) -> float:
        return self.hits / self.organizations

    def joined(self, other: "Step") -> "Step":
        return Step(self.first, other.last, self.organizations + other.organizations, self.hits + other.hits)

    @classmethod
    def named(cls, name: str) -> "Step":
        """A step by its name, without its counts."""
        low, high = map(int, name.split("-"))
        return cls(low // 10, high // 10, 0, 0)


def forecasts_of(definition: Forecast, forecast_wave: WaveInput, outcome_wave: WaveInput) -> Forecasts:
    """The forecasts of a definition. asked, told: the wave of the forecast and that of the outcome, which may be the
    same."""
    units = np.union1d(forecast_wave.data.units, outcome_wave.data.units)
    column = forecast_wave.data.item(definition.item)
    stated = np.where(column.answered, column.number.astype(float) / 100, np.nan)
    happened = outcomes(definition, outcome_wave.data.item(definition.outcome), outcome_wave.questionnaire)
    was_asked = item_bases.asked(column) | column.is_in(NOT_APPLICABLE)
    return Forecasts(
        units,
        _spread(was_asked.astype(float), forecast_wave.data, units) == 1,
        _spread(stated, forecast_wave.data, units),
        _spread(happened, outcome_wave.data, units),
    )


def outcomes(definition: Forecast, column: Column, questionnaire: Questionnaire) -> np.ndarray:
    """The outcome of each organisation. An answer that is missing, unknown or only estimated is no outcome, and never
    "did not happen"."""
    estimated = tuple(questionnaire.estimated_bases)
    is_known = column.answered & ~column.chose(*definition.unknown) & ~column.rests_on(*estimated)
    return np.where(is_known, column.chose(*definition.happened).astype(float), np.nan)


def _spread(values: np.ndarray, data: WaveData, units: np.ndarray) -> np.ndarray:
    spread = np.full(len(units), np.nan)
    spread[np.searchsorted(units, data.units)] = values
    return spread


def _tens(stated: np.ndarray) -> np.ndarray:
    return np.floor(np.round(100 * stated) / 10).astype(int)


def histogram(stated: np.ndarray, happened: np.ndarray, *, k: int) -> list[Step]:
    """Steps of ten, neighbours joined until each has k organisations. Empty where all of them would be one step."""
    tens = _tens(stated)
    single = [
        Step(ten, ten, int((tens == ten).sum()), int(happened[tens == ten].sum()))
        for ten in range(CERTAIN_STEP + 1)
    ]
    return _unless_single(_joined(single, lambda step: step.organizations >= k))


def pooled(steps: Sequence[Step]) -> list[Step]:
    """Joins neighbours until the rate never falls: isotonic regression, the CORP reliability curve.

    Source   Dimitriadis, Gneiting and Jordan (2021).
    """
    if not steps:
        return []
    rates, counts = [step.rate for step in steps], [step.organizations for step in steps]
    regression = isotonic_regression(rates, weights=counts)
    pairs = zip(regression.blocks, regression.blocks[1:], strict=False)
    return [reduce(Step.joined, steps[start:end]) for start, end in pairs]


def curve(steps: Sequence[Step], *, k: int) -> list[Step]:
    """Pools the steps, then joins them further until each has k organisations and more than three on either side, as
    for all numbers. Empty where all of them would be one step."""

    def is_enough(step: Step) -> bool:
        return step.organizations >= k and CLOSE < step.hits < step.organizations - CLOSE

    return _unless_single(_joined(pooled(steps), is_enough))


def _joined(steps: Sequence[Step], is_enough: Callable[[Step], bool]) -> list[Step]:
    """Joins steps from the lowest upwards; the remainder at the top joins the last step."""
    joined: list[Step] = []
    unfinished: Step | None = None
    for step in steps:
        unfinished = unfinished.joined(step) if unfinished else step
        if is_enough(unfinished):
            joined.append(unfinished)
            unfinished = None
    if unfinished and joined:
        joined[-1] = joined[-1].joined(unfinished)
    return joined


def _unless_single(steps: list[Step]) -> list[Step]:
    return steps if len(steps) > 1 else []
