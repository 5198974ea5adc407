"""Tests a group against the rest of its break, by a separate computation and against scipy."""

import numpy as np
import pytest
from scipy.stats import t, ttest_ind

from posture.analysis.cubes.cube import Cube
from posture.analysis.cubes.cuts import cut
from posture.analysis.cubes.frame import Frame
from posture.analysis.cubes.selection import Query
from posture.analysis.cubes.significance import against_rest
from posture.methods.multiplicity import adjusted
from tests.posture.analysis.cubes.frames import Number, frame_of, unweighted
from tests.posture.analysis.cubes.frames import weighted as weighted_number


@pytest.mark.parametrize("weighted", [True, False])
def test_difference_error_and_p(weighted: bool) -> None:
    """Compares unweighted means with scipy's Welch test; all other values with those of the two sides."""
    frame = frame_of(600, seed=11)
    query = Query(breaks=((), ("sector",)), segments={"region": ["south"]})
    result = against_rest(cut(Cube.build(frame), query, k=5), weighted=weighted)
    assert np.isnan(result.p[0]).all(), "the total has no rest"
    south = frame.segments[:, 1] == 1
    for sector in range(3):
        inside = south & (frame.segments[:, 0] == sector)
        for place in range(len(frame.measures)):
            sides = [number_of(frame, place, members, weighted) for members in (inside, south & ~inside)]
            variances = [(side.se or 0) ** 2 for side in sides]
            df = sum(variances) ** 2 / sum(
                v**2 / (side.base - 1) for v, side in zip(variances, sides, strict=True)
            )
            difference = (sides[0].value or 0) - (sides[1].value or 0)
            p = 2 * t.sf(abs(difference) / sum(variances) ** 0.5, df)
            assert result.difference[1 + sector, place] == pytest.approx(difference, abs=1e-12)
            assert result.se[1 + sector, place] == pytest.approx(sum(variances) ** 0.5, rel=1e-10)
            assert result.p[1 + sector, place] == pytest.approx(p, rel=1e-10, abs=1e-10)
            if not weighted and place >= len(frame.yes_no):
                values = frame.numeric[:, place - len(frame.yes_no)].astype(float)
                groups = [values[members & ~np.isnan(values)] for members in (inside, south & ~inside)]
                assert result.p[1 + sector, place] == pytest.approx(
                    ttest_ind(*groups, equal_var=False).pvalue
                )


def number_of(frame: Frame, place: int, members: np.ndarray, is_weighted: bool) -> Number:
    return (weighted_number if is_weighted else unweighted)(frame, place, members)


def test_the_family_is_the_whole_cut() -> None:
    query = Query(breaks=(("sector",), ("region",), ("sector", "region")))
    result = against_rest(cut(Cube.build(frame_of(2000, seed=12)), query, k=5), weighted=True)
    flat = [None if np.isnan(p) else p for p in result.p.ravel().tolist()]
    expected = adjusted(flat, "BH")
    assert [None if np.isnan(p) else p for p in result.p_adjusted.ravel().tolist()] == expected
    assert sum(p is not None for p in flat) == (3 + 2 + 6) * 5


def test_small_sides_are_not_tested() -> None:
    """Of 70 organisations without a missing answer, 30 are in one region and 40 in the other; then 29 and 41."""
    for north in (30, 29):
        frame = frame_of(70, seed=13, missing=0, weighted=False)
        frame.segments[:, 1] = np.arange(70) >= north
        result = against_rest(cut(Cube.build(frame), Query((("region",),)), k=5), weighted=False)
        assert (np.isnan(result.p[:2]) == (north == 29)).all()


def test_sides_that_all_said_the_same_are_not_tested() -> None:
    frame = frame_of(100, seed=14, missing=0, weighted=False)
    frame.binary[:, 0] = frame.segments[:, 1]
    result = against_rest(cut(Cube.build(frame), Query((("region",),)), k=5), weighted=False)
    assert np.isnan(result.p[:2, 0]).all()
    assert not np.isnan(result.p[:2, 1]).any()
