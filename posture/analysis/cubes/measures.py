"""Builds the measures of a frame from the numbers of a release. Each measure has the same organisations in its base,
and the same value of each organisation, as the published cell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from posture.analysis.answers.wave_data import WaveData
from posture.analysis.cubes.frame import NOT_IN_BASE, WAVE, Dimension, Frame, Measure
from posture.analysis.estimates.cells import series_of
from posture.definitions.indicators import Indicator
from surveys.instrument.cohorts import DIMENSIONS
from surveys.instrument.questionnaire_definition import Questionnaire

MEASURED = ("share", "mean", "paired")


@dataclass(frozen=True)
class WaveAnswers:
    slug: str
    data: WaveData
    questionnaire: Questionnaire
    indicators: tuple[Indicator, ...]


def measures_of(
    data: WaveData, questionnaire: Questionnaire, indicators: tuple[Indicator, ...]
) -> Iterator[tuple[Measure, np.ndarray]]:
    """Each measure with one entry for each organisation: int8 for yes or no, NOT_IN_BASE outside the base, or float
    for an amount, NaN outside the base. Numbers that a release shows only as a count, band or limit are no
    measures."""
    for series in series_of(data, questionnaire, indicators):
        for quantity in series.quantities:
            name_parts = (series.kind, series.subject, quantity.statistic, quantity.option, quantity.unit)
            if quantity.kind not in MEASURED:
                continue
            if quantity.kind == "share":
                answers = np.where(series.base, quantity.values == 1, NOT_IN_BASE).astype(np.int8)
                yield Measure(*name_parts, "wilson"), answers
            else:
                measure = Measure(*name_parts, "tango" if quantity.kind == "paired" else "t")
                yield measure, np.where(series.base, quantity.scores, np.nan)


def frame_of_waves(waves: Sequence[WaveAnswers]) -> Frame:
    """One row for each organisation in each wave, in the order given. An item that a wave did not ask has no base
    there. A number that two versions of a questionnaire define differently has the definition of the last wave."""
    yes_no, amounts = _defined(waves)
    rows = sum(len(wave.data.units) for wave in waves)
    segments = np.zeros((rows, len(DIMENSIONS) + 1), dtype=np.uint8)
    binary = np.full((rows, len(yes_no)), NOT_IN_BASE, dtype=np.int8)
    numeric = np.full((rows, len(amounts)), np.nan, dtype=np.float32)
    yes_no_place = {measure: place for place, measure in enumerate(yes_no)}
    amount_place = {measure: place for place, measure in enumerate(amounts)}
    end = 0
    for number, wave in enumerate(waves):
        wave_rows = slice(end, end + len(wave.data.units))
        end = wave_rows.stop
        segments[wave_rows, -1] = number
        for place, dimension in enumerate(DIMENSIONS):
            segments[wave_rows, place] = wave.data.segments[dimension.code]
        for measure, values in measures_of(wave.data, wave.questionnaire, wave.indicators):
            if measure in yes_no_place:
                binary[wave_rows, yes_no_place[measure]] = values
            elif measure in amount_place:
                numeric[wave_rows, amount_place[measure]] = values
    return Frame(
        dimensions=(
            *(Dimension(dimension.code, ("", *dimension.codes)) for dimension in DIMENSIONS),
            Dimension(WAVE, tuple(wave.slug for wave in waves)),
        ),
        segments=segments,
        yes_no=yes_no,
        binary=binary,
        amounts=amounts,
        numeric=numeric,
        weights=np.ones(rows),
        organizations=np.concatenate([wave.data.units for wave in waves]),
    )


def _defined(waves: Sequence[WaveAnswers]) -> tuple[tuple[Measure, ...], tuple[Measure, ...]]:
    """The yes-or-no measures and the amounts that the definitions of all waves name, each key once."""
    measures: dict[str, Measure] = {}
    for wave in waves:
        for measure, _ in measures_of(empty_wave(), wave.questionnaire, wave.indicators):
            measures[measure.key] = measure
    is_yes_no = {key: measure.method == "wilson" for key, measure in measures.items()}
    return (
        tuple(measure for key, measure in measures.items() if is_yes_no[key]),
        tuple(measure for key, measure in measures.items() if not is_yes_no[key]),
    )


def empty_wave() -> WaveData:
    no_values = np.empty(0, dtype=np.uint8)
    return WaveData(np.empty(0, dtype=np.int64), {dimension.code: no_values for dimension in DIMENSIONS}, {})
