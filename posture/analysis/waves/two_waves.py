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
class Side:
    """One of the two waves. `weighting` None: every organisation counts once."""

    data: WaveData
    questionnaire: Questionnaire
    weighting: Weighting | None = None


@dataclass(frozen=True)
class Cell:
    """The numbers of one series in one cohort, with the organisations of their base in each wave."""

    series: int
    kind: str
    subject: str
    cohort: Cohort
    variable: str
    before: Mask
    now: Mask
    quantities: tuple[tuple[Quantity, Quantity], ...]

    @property
    def panel(self) -> Mask:
        return self.before & self.now

    @property
    def groups(self) -> tuple[Mask, Mask, Mask]:
        """The organisations in both waves, in the later one only, and in the earlier one only."""
        return self.panel, self.now & ~self.before, self.before & ~self.now


@dataclass(frozen=True)
class TwoWaves:
    """Two waves of a survey. A change is weighted if both waves are."""

    earlier: Side
    later: Side

    @cached_property
    def units(self) -> np.ndarray:
        return np.union1d(self.earlier.data.units, self.later.data.units)

    @property
    def is_weighted(self) -> bool:
        return self.earlier.weighting is not None and self.later.weighting is not None

    def spread(self, values: np.ndarray, side: Side) -> np.ndarray:
        """Values of one wave on the organisations of both waves; NaN where an organisation was not in this wave."""
        found = np.full(len(self.units), np.nan)
        found[np.searchsorted(self.units, side.data.units)] = values
        return found

    def members(self, mask: Mask, side: Side) -> Mask:
        return self.spread(mask.astype(float), side) == 1

    def cells(self, indicators: tuple[Indicator, ...]) -> Iterator[Cell]:
        """The cells of both waves: none across a break, and only cohorts that both waves have."""
        before = _by_name(series_of(self.earlier.data, self.earlier.questionnaire, indicators))
        cohorts = {cohort.slug: cohort for cohort in self.earlier.data.cohorts()}
        in_both = [(cohorts[now.slug], now) for now in self.later.data.cohorts() if now.slug in cohorts]
        later = series_of(self.later.data, self.later.questionnaire, indicators)
        for number, now in enumerate(later):
            matched = [
                (*before[name], quantity)
                for quantity in now.quantities
                if quantity.statistic in COMPARED and (name := _name(now, quantity)) in before
            ]
            if not matched or self.breaks(now.kind, now.subject, indicators):
                continue
            for cohort_before, cohort_now in in_both:
                yield Cell(
                    series=number,
                    kind=now.kind,
                    subject=now.subject,
                    cohort=cohort_now,
                    variable=now.exposes[0].variable,
                    before=self.members(matched[0][0].base & cohort_before.members, self.earlier),
                    now=self.members(now.base & cohort_now.members, self.later),
                    quantities=tuple((earlier, quantity) for _, earlier, quantity in matched),
                )

    def breaks(self, kind: str, subject: str, indicators: tuple[Indicator, ...]) -> tuple[str, ...]:
        versions = (self.earlier.questionnaire, self.later.questionnaire)
        if kind == ITEM:
            return item_breaks(subject, *versions)
        if kind == INDICATOR:
            return indicator_breaks(subject, indicators, *versions)
        return pair_breaks(subject, *versions)


Name = tuple[str, str, str, str]


def _name(series: Series, quantity: Quantity) -> Name:
    return series.kind, series.subject, quantity.statistic, quantity.option


def _by_name(found: Iterator[Series]) -> dict[Name, tuple[Series, Quantity]]:
    return {_name(series, quantity): (series, quantity) for series in found for quantity in series.quantities}
