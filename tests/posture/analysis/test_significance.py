"""A group against the rest of its break: against the contrast of `posture.methods.survey`."""

import numpy as np
import pytest

from posture.analysis.cube import Cube
from posture.analysis.cuts import cut
from posture.analysis.selection import Query
from posture.analysis.significance import against_rest
from posture.methods.multiplicity import adjusted
from posture.methods.survey import Design, contrast, mean
from tests.posture.analysis.frames import frame_of


@pytest.mark.parametrize("weighted", [True, False])
def test_difference_error_and_p(weighted: bool) -> None:
    frame = frame_of(600, seed=11)
    query = Query(breaks=((), ("sector",)), segments={"region": ["south"]})
    found = against_rest(cut(Cube.build(frame), query, k=5), weighted=weighted)
    assert np.isnan(found.p[0]).all(), "the total has no rest"
    weights = frame.weights if weighted else np.ones(len(frame))
    design = Design.of(weights, frame.organizations)
    south = frame.segments[:, 1] == 1
    for sector in range(3):
        inside = south & (frame.segments[:, 0] == sector)
        for place in range(len(frame.measures)):
            values = np.concatenate([frame.binary.astype(float), frame.numeric], axis=1)[:, place]
            values[values == -1] = np.nan
            expected = contrast(mean(values, design, inside), mean(values, design, south & ~inside), design)
            # unweighted errors are those of a simple random sample, so they differ in the last places
            tolerance = 1e-10 if weighted else 0.01
            assert found.difference[1 + sector, place] == pytest.approx(expected.value, abs=1e-12)
            assert found.se[1 + sector, place] == pytest.approx(expected.se, rel=tolerance)
            assert found.p[1 + sector, place] == pytest.approx(
                expected.p_value(), rel=tolerance, abs=tolerance
            )


def test_the_family_is_the_whole_cut() -> None:
    query = Query(breaks=(("sector",), ("region",), ("sector", "region")))
    found = against_rest(cut(Cube.build(frame_of(2000, seed=12)), query, k=5), weighted=True)
    flat = [None if np.isnan(p) else p for p in found.p.ravel().tolist()]
    expected = adjusted(flat, "BH")
    assert [None if np.isnan(p) else p for p in found.p_adjusted.ravel().tolist()] == expected
    assert sum(p is not None for p in flat) == (3 + 2 + 6) * 5


def test_small_sides_are_not_tested() -> None:
    """Of 70 organisations without a missing answer, 30 in one region and 40 in the other; then 29 and 41."""
    for north in (30, 29):
        frame = frame_of(70, seed=13, missing=0, weighted=False)
        frame.segments[:, 1] = np.arange(70) >= north
        found = against_rest(cut(Cube.build(frame), Query((("region",),)), k=5), weighted=False)
        assert (np.isnan(found.p[:2]) == (north == 29)).all()


def test_sides_that_all_said_the_same_are_not_tested() -> None:
    frame = frame_of(100, seed=14, missing=0, weighted=False)
    frame.binary[:, 0] = frame.segments[:, 1]
    found = against_rest(cut(Cube.build(frame), Query((("region",),)), k=5), weighted=False)
    assert np.isnan(found.p[:2, 0]).all()
    assert not np.isnan(found.p[:2, 1]).any()
