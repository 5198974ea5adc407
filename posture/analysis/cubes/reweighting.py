"""Weights a cube to population targets without reading an answer. Organisations with the same segments have the same
weight, so the sums of each cell are multiplied by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from posture.analysis.cubes.cube import Cube, CubePart
from posture.analysis.cubes.frame import WAVE, Frame
from posture.analysis.cubes.sums import Layout
from posture.analysis.cubes.tables import Table, smaller_tables
from posture.analysis.estimates.weights import Scheme, stratum_weights
from posture.methods.arrays import Array
from posture.methods.survey import EstimationRefused
from posture.methods.weighting import Margins


@dataclass(frozen=True)
class Reweighted:
    """A weighted cube. refused: by wave, the reason why its organisations cannot be weighted; they keep the
    weight 1."""

    cube: Cube
    refused: Mapping[str, str]


def reweighted(cube: Cube, margins: Margins, scheme: Scheme) -> Reweighted:
    """Weights each wave separately to the same targets; the mean weight of a wave is 1.

    Input    margins: for dimensions of the frame, the count of each category in the population.
    Source   METHODS.md, "Weights".
    """
    codes = np.concatenate([part.tables[0].codes for part in cube.parts])
    rows = np.concatenate([np.diff(part.ends, prepend=0) for part in cube.parts])
    places = [cube.frame.place(name) for name in margins]
    weights = np.ones([len(dimension.codes) for dimension in cube.frame.dimensions])
    refused = {}
    for number, wave in enumerate(_waves(cube.frame)):
        is_in_wave = codes[:, cube.frame.place(WAVE)] == number
        strata, group = np.unique(codes[is_in_wave][:, places], axis=0, return_inverse=True)
        counts = np.bincount(group.ravel(), weights=rows[is_in_wave]).astype(np.int64)
        try:
            wave_weights = stratum_weights(_categories(cube.frame, margins, strata), counts, margins, scheme)
        except EstimationRefused as reason:
            refused[wave] = str(reason)
            continue
        wave_codes = codes[is_in_wave]
        weights[tuple(wave_codes.T)] = wave_weights[group.ravel()]
    return Reweighted(Cube(tuple(_weighted(part, weights) for part in cube.parts)), refused)


def _waves(frame: Frame) -> tuple[str, ...]:
    return frame.dimensions[frame.place(WAVE)].codes


def _categories(frame: Frame, margins: Margins, strata: Array) -> dict[str, list[str]]:
    return {
        name: [frame.dimensions[frame.place(name)].codes[code] for code in strata[:, column]]
        for column, name in enumerate(margins)
    }


def _weighted(part: CubePart, weights: Array) -> CubePart:
    """Applies weights to a part; weights: [codes of each dimension]."""
    largest, frame = part.tables[0], part.frame
    unweighted = largest.sums[:, : Layout(len(frame.yes_no), len(frame.amounts)).width]
    factor = weights[tuple(largest.codes.T)][:, None]
    sums = np.concatenate([unweighted, unweighted * factor, unweighted * factor**2], axis=1)
    table = Table(largest.dimensions, largest.codes, sums)
    return replace(
        part,
        frame=replace(frame, weights=weights[tuple(frame.segments.T)]),
        tables=(table, *smaller_tables(table, frame.dimensions)),
    )
