"""Aligns two waves on the organisations of both, in one order, and lists the numbers that can be compared."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from posture.analysis.answers.wave_data import Cohort, Mask, WaveData
from posture.analysis.estimates.cells import INDICATOR, ITEM, Series, series_of
from posture.analysis.estimates.quantities import Quantity
from posture.analysis.estimates.weights import Weighting
from posture.analysis.waves.breaks import indicator_breaks, item_breaks, pair_breaks
from posture.definitions.indicators import Indicator
from surveys.instrument.questionnaire_definition import Questionnaire

COMPARED = ("share", "mean", "belief", "evidence", "gap", "gap_over", "gap_under")


@dataclass(frozen=True)
class WaveInput:
    """One of the two waves. `weighting` None: every organisation counts once."""

    data: WaveData
    questionnaire: Questionnaire
    weighting: Weighting | None = None


@dataclass(frozen=True)
class ChangeCell:
    """The numbers of one series in one cohort, with the organisations of their base in each wave."""

    series: int
    kind: str
    subject: str
    cohort: Cohort
    variable: str
    earlier_base: Mask
    later_base: Mask
    quantities: tuple[tuple[Quantity, Quantity], ...]

    @property
    def panel(self) -> Mask:
        return self.earlier_base & self.later_base

    @property
    def groups(self) -> tuple[Mask, Mask, Mask]:
        """The organisations in both waves, in the later one only, and in the earlier one only."""
        return self.panel, self.later_base & ~self.earlier_base, self.earlier_base & ~self.later_base


@dataclass(frozen=True)
class TwoWaves:
    """Two waves of a survey. A change is weighted if both waves are."""

    earlier: WaveInput
    later: WaveInput

    @cached_property
    def units(self) -> np.ndarray:
        return np.union1d(self.earlier.data.units, self.later.data.units)

    @property
    def is_weighted(self) -> bool:
        return self.earlier.weighting is not None and self.later.weighting is not None

    def spread(self, values: np.ndarray, wave: WaveInput) -> np.ndarray:
        """Values of one wave on the organisations of both waves; NaN where an organisation was not in this wave."""
        spread = np.full(len(self.units), np.nan)
        spread[np.searchsorted(self.units, wave.data.units)] = values
        return spread

    def members(self, mask: Mask, wave: WaveInput) -> Mask:
        return self.spread(mask.astype(float), wave) == 1

    def cells(self, indicators: tuple[Indicator, ...]) -> Iterator[ChangeCell]:
        """The cells of both waves: none across a break, and only cohorts that both waves have."""
        earlier_by_key = _by_key(series_of(self.earlier.data, self.earlier.questionnaire, indicators))
        cohorts = {cohort.slug: cohort for cohort in self.earlier.data.cohorts()}
        in_both = [
            (cohorts[series.slug], series) for series in self.later.data.cohorts() if series.slug in cohorts
        ]
        later_series = series_of(self.later.data, self.later.questionnaire, indicators)
        for position, series in enumerate(later_series):
            matched = [
                (*earlier_by_key[key], quantity)
                for quantity in series.quantities
                if quantity.statistic in COMPARED
                and (key := _quantity_key(series, quantity)) in earlier_by_key
            ]
            if not matched or self.breaks(series.kind, series.subject, indicators):
                continue
            for earlier_cohort, later_cohort in in_both:
                yield ChangeCell(
                    series=position,
                    kind=series.kind,
                    subject=series.subject,
                    cohort=later_cohort,
                    variable=series.exposes[0].variable,
                    earlier_base=self.members(matched[0][0].base & earlier_cohort.members, self.earlier),
                    later_base=self.members(series.base & later_cohort.members, self.later),
                    quantities=tuple((earlier, quantity) for _, earlier, quantity in matched),
                )

    def breaks(self, kind: str, subject: str, indicators: tuple[Indicator, ...]) -> tuple[str, ...]:
        versions = (self.earlier.questionnaire, self.later.questionnaire)
        if kind == ITEM:
            return item_breaks(subject, *versions)
        if kind == INDICATOR:
            return indicator_breaks(subject, indicators, *versions)
        return pair_breaks(subject, *versions)


QuantityKey = tuple[str, str, str, str]


def _quantity_key(series: Series, quantity: Quantity) -> QuantityKey:
    return series.kind, series.subject, quantity.statistic, quantity.option


def _by_key(found: Iterator[Series]) -> dict[QuantityKey, tuple[Series, Quantity]]:
    return {
        _quantity_key(series, quantity): (series, quantity)
        for series in found
        for quantity in series.quantities
    }
