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
    Expectations,
)
from posture.analysis.waves.forecasts import Forecasts, Step, forecasts_of
from posture.analysis.waves.two_waves import Side
from surveys.instrument.cohorts import ALL

OF_STEPS = (HIT_RATE_BETWEEN, STATED_BETWEEN)


def audit_forecasts(rows: Sequence[RowLike], found: Expectations, *, k: int) -> list[Objection]:
    """Audits the forecasts. Empty if nothing about 1 to k - 1 organisations follows from forecasts and the cells of
    either wave."""
    objections: list[Objection] = []
    for definition in found.definitions:
        shown = [
            row
            for row in rows
            if row.subject_kind == FORECAST and row.subject == definition.code and row.status == PUBLISHED
        ]
        side = found.asked_in(definition)
        if not shown or side is None:
            continue
        forecasts = forecasts_of(definition, side, found.now)
        objections += _small(shown, forecasts, k)
        asked = (definition.item, side, rows if side is found.now else found.rows_before)
        for item, wave, published in (asked, (definition.outcome, found.now, rows)):
            own = _cells(shown, forecasts, wave, has_steps=item == definition.outcome)
            objections += _beside(item, wave, published, own, found, k)
    return objections


def _small(shown: Sequence[RowLike], forecasts: Forecasts, k: int) -> list[Objection]:
    found = []
    for row in shown:
        few = int(_members(row, forecasts).sum())
        if few < k:
            name = f"{FORECAST} {row.subject} {row.statistic} {row.option}".strip()
            found.append(Objection(row.subject, (name,), few))
    return found


def _members(row: RowLike, forecasts: Forecasts) -> np.ndarray:
    return forecasts.within(Step.named(row.option)) if row.statistic in OF_STEPS else forecasts.counted


def _cells(shown: Sequence[RowLike], forecasts: Forecasts, wave: Side, *, has_steps: bool) -> list[Shown]:
    places = np.searchsorted(forecasts.units, wave.data.units)
    return [
        Shown(f"{FORECAST} {row.subject} {row.option}".strip(), ALL, _members(row, forecasts)[places])
        for row in shown
        if row.statistic not in OF_STEPS or (has_steps and row.statistic == HIT_RATE_BETWEEN)
    ]


def _beside(
    item: str, wave: Side, rows: Sequence[RowLike], own: list[Shown], found: Expectations, k: int
) -> list[Objection]:
    """Objections in which the forecasts have a part."""
    cells = shown_cells(rows, wave.data, wave.questionnaire, found.indicators, (), k=k)
    about = cells.get(f"{item} substantive", [])
    before = {str(one) for one in follows_about(item, about, k)}
    new = [one for one in follows_about(item, [*about, *own], k) if str(one) not in before]
    return [one for one in new if any(cell.startswith(f"{FORECAST} ") for cell in one.cells)]
