"""Tests weighting by cells against weighting organisation by organisation."""

from dataclasses import replace

import numpy as np
import pytest

from posture.analysis.cubes.cube import Cube
from posture.analysis.cubes.cuts import cut
from posture.analysis.cubes.frame import Frame
from posture.analysis.cubes.reweighting import reweighted
from posture.analysis.cubes.selection import Query
from posture.analysis.estimates.weights import Scheme, weigh
from tests.posture.analysis.cubes.frames import frame_of

SCHEME = Scheme()


def codes_of(frame: Frame, dimension: str, rows: np.ndarray) -> list[str]:
    place = frame.place(dimension)
    return [frame.dimensions[place].codes[code] for code in frame.segments[rows, place]]


def targets(frame: Frame, dimension: str) -> dict[str, int]:
    """Returns a population in which the later codes are more frequent than in the sample."""
    present = sorted(set(codes_of(frame, dimension, np.arange(len(frame)))))
    return {code: 100 + 40 * place for place, code in enumerate(present)}


@pytest.mark.parametrize("parts", [1, 2])
def test_weights_of_cells_are_those_of_their_organisations(parts: int) -> None:
    frame = frame_of(240, seed=5, waves=2)
    margins = {"region": targets(frame, "region")}
    cube = Cube.build(frame.with_rows(slice(0, 150))) if parts == 2 else Cube.build(frame)
    if parts == 2:
        cube = cube.append(frame.with_rows(slice(150, None)))
    one_by_one = np.empty(len(frame))
    for number in range(2):
        rows = np.flatnonzero(frame.segments[:, frame.place("wave")] == number)
        one_by_one[rows] = weigh({"region": codes_of(frame, "region", rows)}, margins, SCHEME).weights
    expected = Cube.build(replace(frame, weights=one_by_one))

    result = reweighted(cube, margins, SCHEME)

    assert result.refused == {}
    for query in (
        Query(breaks=(("sector",),), segments={"wave": ["first"]}),
        Query(breaks=(("region",),), segments={"wave": ["second"]}),
        Query(breaks=((),), segments={"wave": ["first"]}, answers={frame.yes_no[0].key: [1.0]}),
    ):
        actual, wanted = (cut(weighted_cube, query, k=5) for weighted_cube in (result.cube, expected))
        np.testing.assert_allclose(actual.weighted, wanted.weighted, rtol=1e-9)
        np.testing.assert_allclose(actual.weighted_base, wanted.weighted_base, rtol=1e-9)
        np.testing.assert_array_equal(actual.base, wanted.base)


def test_a_wave_that_cannot_be_weighted_says_why_and_keeps_its_weights() -> None:
    frame = frame_of(60, seed=6, waves=2)
    margins = {"region": {**targets(frame, "region"), "nobody is in it": 100}}

    result = reweighted(Cube.build(frame), margins, SCHEME)

    assert set(result.refused) == {"first", "second"}
    assert all("nobody is in it" in reason for reason in result.refused.values())
    assert (result.cube.parts[0].frame.weights == 1).all()
