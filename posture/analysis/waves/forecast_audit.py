"""Audits the forecasts that are about to be published. It uses only the rows and the two waves, and reads from the
rows which organisations each of them is based on."""

from collections.abc import Sequence

import numpy as np

from posture.analysis.disclosure.audit import Objection, Shown, follows_about, shown_cells
from posture.analysis.estimates.rows import PUBLISHED
from posture.analysis.waves.forecast_protection import RowLike
from posture.analysis.waves.forecast_rows import (
    FORECAST,
    HIT_RATE_BETWEEN,
    STATED_BETWEEN,
    ForecastInputs,
)
from posture.analysis.waves.forecasts import Forecasts, Step, forecasts_of
from posture.analysis.waves.two_waves import WaveInput
from surveys.instrument.cohorts import ALL

OF_STEPS = (HIT_RATE_BETWEEN, STATED_BETWEEN)


def audit_forecasts(rows: Sequence[RowLike], inputs: ForecastInputs, *, k: int) -> list[Objection]:
    """Audits the forecasts. Empty if nothing about 1 to k - 1 organisations follows from forecasts and the cells of
    either wave."""
    objections: list[Objection] = []
    for definition in inputs.definitions:
        published_rows = [
            row
            for row in rows
            if row.subject_kind == FORECAST and row.subject == definition.code and row.status == PUBLISHED
        ]
        forecast_wave = inputs.forecast_wave(definition)
        if not published_rows or forecast_wave is None:
            continue
        forecasts = forecasts_of(definition, forecast_wave, inputs.outcome_wave)
        objections += _small_base_objections(published_rows, forecasts, k)
        stated_input = (
            definition.item,
            forecast_wave,
            rows if forecast_wave is inputs.outcome_wave else inputs.earlier_rows,
        )
        for item, wave, wave_rows in (stated_input, (definition.outcome, inputs.outcome_wave, rows)):
            forecast_cells = _cells(published_rows, forecasts, wave, has_steps=item == definition.outcome)
            objections += _objections_of_forecasts(item, wave, wave_rows, forecast_cells, inputs, k)
    return objections


def _small_base_objections(
    published_rows: Sequence[RowLike], forecasts: Forecasts, k: int
) -> list[Objection]:
    objections = []
    for row in published_rows:
        organizations = int(_members(row, forecasts).sum())
        if organizations < k:
            name = f"{FORECAST} {row.subject} {row.statistic} {row.option}".strip()
            objections.append(Objection(row.subject, (name,), organizations))
    return objections


def _members(row: RowLike, forecasts: Forecasts) -> np.ndarray:
    return forecasts.within(Step.named(row.option)) if row.statistic in OF_STEPS else forecasts.counted


def _cells(
    published_rows: Sequence[RowLike], forecasts: Forecasts, wave: WaveInput, *, has_steps: bool
) -> list[Shown]:
    places = np.searchsorted(forecasts.units, wave.data.units)
    return [
        Shown(f"{FORECAST} {row.subject} {row.option}".strip(), ALL, _members(row, forecasts)[places])
        for row in published_rows
        if row.statistic not in OF_STEPS or (has_steps and row.statistic == HIT_RATE_BETWEEN)
    ]


def _objections_of_forecasts(
    item: str,
    wave: WaveInput,
    rows: Sequence[RowLike],
    forecast_cells: list[Shown],
    inputs: ForecastInputs,
    k: int,
) -> list[Objection]:
    """Objections in which the forecasts have a part."""
    cells = shown_cells(rows, wave.data, wave.questionnaire, inputs.indicators, (), k=k)
    release_cells = cells.get(f"{item} substantive", [])
    old_objections = {str(objection) for objection in follows_about(item, release_cells, k)}
    objections = [
        objection
        for objection in follows_about(item, [*release_cells, *forecast_cells], k)
        if str(objection) not in old_objections
    ]
    return [
        objection
        for objection in objections
        if any(cell.startswith(f"{FORECAST} ") for cell in objection.cells)
    ]
