"""Computes rows of a release for forecasts: over-confidence, and from 50 forecasts the agreement of stated and actual
rates. The rows are of all organisations only, and each counts once, in a weighted release too.

Source   METHODS.md, "Forecasts".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from posture.analysis.estimates.quantities import PERCENT_SCALE, POINT_SCALE, mean, share
from posture.analysis.estimates.reasons import Reason
from posture.analysis.estimates.rows import Row, band_row
from posture.analysis.waves.breaks import item_breaks
from posture.analysis.waves.forecast_protection import RowLike, are_all_exact, cells_about, is_safe
from posture.analysis.waves.forecasts import Forecasts, curve, forecasts_of, histogram
from posture.analysis.waves.two_waves import TwoWaves, WaveInput
from posture.definitions.forecasts import Forecast
from posture.definitions.indicators import Indicator
from posture.methods.calibration import calibrate
from posture.methods.intervals import LEVEL
from posture.methods.survey import t_p_value
from surveys.instrument.cohorts import ALL

FORECAST = "forecast"
FEWEST = 50
SCORES = ("brier", "reliability", "resolution", "uncertainty")
DECIMALS = 3
STATED, HIT_RATE, OVER_CONFIDENCE = "stated", "hit_rate", "over_confidence"
NO_PROBABILITY, NO_OUTCOME = "no_probability", "no_outcome"
STATED_BETWEEN, HIT_RATE_BETWEEN = "stated_between", "hit_rate_between"


@dataclass(frozen=True)
class ForecastInputs:
    """The input of forecasts. before: the preceding wave, with the rows of its release; None where there is none.
    is_first: no other release shows the same forecasts or outcomes."""

    definitions: tuple[Forecast, ...]
    indicators: tuple[Indicator, ...]
    outcome_wave: WaveInput
    earlier_wave: WaveInput | None
    earlier_rows: Sequence[RowLike]
    waves: TwoWaves | None
    is_first: bool = True

    def forecast_wave(self, definition: Forecast) -> WaveInput | None:
        """The wave of the forecast; None where there is none, or where it asked another question."""
        wave = self.outcome_wave if definition.answered == "same_wave" else self.earlier_wave
        if wave is None or item_breaks(definition.item, wave.questionnaire, self.outcome_wave.questionnaire):
            return None
        return wave


def forecast_rows(
    inputs: ForecastInputs, rows: Sequence[RowLike], *, k: int, level: float = LEVEL
) -> Iterator[Row]:
    """The rows of forecasts. rows: those of the release without forecasts. Numbers that would reveal fewer than k
    organisations are withheld. The steps of the curve and of the histogram are then left out, because their limits
    depend on answers."""
    for definition in inputs.definitions:
        forecast_wave = inputs.forecast_wave(definition)
        if forecast_wave is None:
            continue
        forecasts = forecasts_of(definition, forecast_wave, inputs.outcome_wave)
        blank = Row(FORECAST, definition.code, "", "", ALL, "", level)
        total_rows = list(_total_rows(blank, forecasts))
        safety = _ForecastSafety(definition, forecasts, inputs, forecast_wave, rows, k)
        if not inputs.is_first or not safety.allows([]):
            yield from (row.suppressed(Reason.NOT_IN_BOTH) for row in total_rows)
            continue
        yield from total_rows
        if forecasts.counted.sum() >= FEWEST:
            yield from _scores(blank, forecasts)
            if not _is_divided_by_indicator(definition, inputs.indicators):
                yield from _steps(blank, forecasts, safety, k)


def _is_divided_by_indicator(definition: Forecast, indicators: tuple[Indicator, ...]) -> bool:
    """Whether an indicator that counts stated values below a limit would divide the steps further."""
    return any(
        indicator.item == definition.item and indicator.statistic != "mean" for indicator in indicators
    )


class _ForecastSafety:
    def __init__(
        self,
        definition: Forecast,
        forecasts: Forecasts,
        inputs: ForecastInputs,
        forecast_wave: WaveInput,
        rows: Sequence[RowLike],
        k: int,
    ) -> None:
        self.forecasts, self.k = forecasts, k
        stated_rows = rows if forecast_wave is inputs.outcome_wave else inputs.earlier_rows
        self.inputs_are_exact = are_all_exact(definition.item, "mean", ("",), stated_rows) and are_all_exact(
            definition.outcome, "share", (*definition.happened, *definition.unknown), rows
        )
        context = (forecasts.units, inputs.indicators, inputs.waves)
        has_stated, is_known = ~np.isnan(forecasts.stated), ~np.isnan(forecasts.happened)
        self.asked = cells_about(
            definition.item, forecast_wave, stated_rows, *context, is_counted=has_stated, change_rows=rows
        )
        self.outcome_cells = cells_about(
            definition.outcome, inputs.outcome_wave, rows, *context, is_counted=is_known, change_rows=rows
        )

    def allows(self, steps: list[np.ndarray]) -> bool:
        """Whether the forecasts as a whole, and the outcomes in each of the steps, may be published."""
        counted = self.forecasts.counted
        return (
            self.inputs_are_exact
            and is_safe([counted], self.asked, self.forecasts.stated, k=self.k)
            and is_safe([counted, *steps], self.outcome_cells, self.forecasts.happened, k=self.k)
        )


def _total_rows(blank: Row, forecasts: Forecasts) -> Iterator[Row]:
    base, stated, happened = forecasts.counted, forecasts.stated, forecasts.happened
    yield mean(STATED, 100 * stated, "percent", within=PERCENT_SCALE).row(blank, base)
    yield share(HIT_RATE, happened == 1).row(blank, base)
    over_confidence = mean(OVER_CONFIDENCE, 100 * (stated - happened), "points", within=POINT_SCALE).row(
        blank, base
    )
    if over_confidence.se and over_confidence.value is not None and over_confidence.base:
        over_confidence = replace(
            over_confidence,
            p_value=t_p_value(over_confidence.value / over_confidence.se, over_confidence.base - 1),
        )
    yield over_confidence
    has_stated = ~np.isnan(stated)
    yield _excluded_share(blank, NO_PROBABILITY, ~has_stated, forecasts.asked, base)
    yield _excluded_share(blank, NO_OUTCOME, np.isnan(happened), has_stated, base)


def _excluded_share(
    blank: Row, statistic: str, hits: np.ndarray, base: np.ndarray, published_base: np.ndarray
) -> Row:
    return band_row(
        replace(blank, statistic=statistic, unit="share"),
        hits.astype(float),
        base,
        published_base=published_base,
    )


def _scores(blank: Row, forecasts: Forecasts) -> Iterator[Row]:
    base = forecasts.counted
    calibration = calibrate(forecasts.stated[base], forecasts.happened[base], forecasts.units[base])
    for name in SCORES:
        value = round(getattr(calibration, name), DECIMALS)
        yield replace(blank, statistic=name, unit="brier", method="brier", base=int(base.sum()), value=value)


def _steps(blank: Row, forecasts: Forecasts, safety: _ForecastSafety, k: int) -> Iterator[Row]:
    base = forecasts.counted
    bars = histogram(forecasts.stated[base], forecasts.happened[base], k=k)
    for bar in bars:
        yield share(STATED_BETWEEN, forecasts.within(bar), bar.name).row(blank, base)
    steps = {step.name: forecasts.within(step) for step in curve(bars, k=k)}
    if not safety.allows(list(steps.values())):
        return
    for name, members in steps.items():
        yield share(HIT_RATE_BETWEEN, forecasts.happened == 1, name).row(blank, members)
