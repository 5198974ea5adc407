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
from posture.analysis.waves.forecast_protection import RowLike, cells_about, is_safe, stands_exactly
from posture.analysis.waves.forecasts import Forecasts, curve, forecasts_of, histogram
from posture.analysis.waves.two_waves import Side, TwoWaves
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
class Expectations:
    """The input of forecasts. before: the preceding wave, with the rows of its release; None where there is none.
    is_first: no other release shows the same forecasts or outcomes."""

    definitions: tuple[Forecast, ...]
    indicators: tuple[Indicator, ...]
    now: Side
    before: Side | None
    rows_before: Sequence[RowLike]
    waves: TwoWaves | None
    is_first: bool = True

    def asked_in(self, definition: Forecast) -> Side | None:
        """The wave of the forecast; None where there is none, or where it asked another question."""
        side = self.now if definition.answered == "same_wave" else self.before
        if side is None or item_breaks(definition.item, side.questionnaire, self.now.questionnaire):
            return None
        return side


def forecast_rows(
    found: Expectations, rows: Sequence[RowLike], *, k: int, level: float = LEVEL
) -> Iterator[Row]:
    """The rows of forecasts. rows: those of the release without forecasts. Numbers that would reveal fewer than k
    organisations are withheld. The steps of the curve and of the histogram are then left out, because their limits
    depend on answers."""
    for definition in found.definitions:
        side = found.asked_in(definition)
        if side is None:
            continue
        forecasts = forecasts_of(definition, side, found.now)
        blank = Row(FORECAST, definition.code, "", "", ALL, "", level)
        whole = list(_whole(blank, forecasts))
        safe = _Safe(definition, forecasts, found, side, rows, k)
        if not found.is_first or not safe.allows([]):
            yield from (row.suppressed(Reason.NOT_IN_BOTH) for row in whole)
            continue
        yield from whole
        if forecasts.counted.sum() >= FEWEST:
            yield from _scores(blank, forecasts)
            if not _is_cut_elsewhere(definition, found.indicators):
                yield from _steps(blank, forecasts, safe, k)


def _is_cut_elsewhere(definition: Forecast, indicators: tuple[Indicator, ...]) -> bool:
    """Whether an indicator that counts stated values below a limit would divide the steps further."""
    return any(one.item == definition.item and one.statistic != "mean" for one in indicators)


class _Safe:
    def __init__(
        self,
        definition: Forecast,
        forecasts: Forecasts,
        found: Expectations,
        side: Side,
        rows: Sequence[RowLike],
        k: int,
    ) -> None:
        self.forecasts, self.k = forecasts, k
        rows_asked = rows if side is found.now else found.rows_before
        self.stands = stands_exactly(definition.item, "mean", ("",), rows_asked) and stands_exactly(
            definition.outcome, "share", (*definition.happened, *definition.unknown), rows
        )
        about = (forecasts.units, found.indicators, found.waves)
        has_stated, is_known = ~np.isnan(forecasts.stated), ~np.isnan(forecasts.happened)
        self.asked = cells_about(definition.item, side, rows_asked, *about, known=has_stated, changed=rows)
        self.told = cells_about(definition.outcome, found.now, rows, *about, known=is_known, changed=rows)

    def allows(self, steps: list[np.ndarray]) -> bool:
        """Whether the forecasts as a whole, and the outcomes in each of the steps, may be published."""
        counted = self.forecasts.counted
        return (
            self.stands
            and is_safe([counted], self.asked, self.forecasts.stated, k=self.k)
            and is_safe([counted, *steps], self.told, self.forecasts.happened, k=self.k)
        )


def _whole(blank: Row, forecasts: Forecasts) -> Iterator[Row]:
    base, stated, happened = forecasts.counted, forecasts.stated, forecasts.happened
    yield mean(STATED, 100 * stated, "percent", within=PERCENT_SCALE).row(blank, base)
    yield share(HIT_RATE, happened == 1).row(blank, base)
    over = mean(OVER_CONFIDENCE, 100 * (stated - happened), "points", within=POINT_SCALE).row(blank, base)
    if over.se and over.value is not None and over.base:
        over = replace(over, p_value=t_p_value(over.value / over.se, over.base - 1))
    yield over
    has_stated = ~np.isnan(stated)
    yield _outside(blank, NO_PROBABILITY, ~has_stated, forecasts.asked, base)
    yield _outside(blank, NO_OUTCOME, np.isnan(happened), has_stated, base)


def _outside(blank: Row, statistic: str, hits: np.ndarray, among: np.ndarray, told: np.ndarray) -> Row:
    return band_row(replace(blank, statistic=statistic, unit="share"), hits.astype(float), among, told=told)


def _scores(blank: Row, forecasts: Forecasts) -> Iterator[Row]:
    base = forecasts.counted
    found = calibrate(forecasts.stated[base], forecasts.happened[base], forecasts.units[base])
    for name in SCORES:
        value = round(getattr(found, name), DECIMALS)
        yield replace(blank, statistic=name, unit="brier", method="brier", base=int(base.sum()), value=value)


def _steps(blank: Row, forecasts: Forecasts, safe: _Safe, k: int) -> Iterator[Row]:
    base = forecasts.counted
    bars = histogram(forecasts.stated[base], forecasts.happened[base], k=k)
    for bar in bars:
        yield share(STATED_BETWEEN, forecasts.within(bar), bar.name).row(blank, base)
    steps = {step.name: forecasts.within(step) for step in curve(bars, k=k)}
    if not safe.allows(list(steps.values())):
        return
    for name, members in steps.items():
        yield share(HIT_RATE_BETWEEN, forecasts.happened == 1, name).row(blank, members)
