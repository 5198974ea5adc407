"""Tests invalid input of a frame and a cube, and their files on disk."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from posture.analysis.cubes.cube import Cube
from posture.analysis.cubes.cuts import cut
from posture.analysis.cubes.frame import ARRAYS, Dimension, Frame, check
from posture.analysis.cubes.selection import Query
from tests.posture.analysis.cubes.frames import frame_of

FRAME = frame_of(6, seed=1, missing=0)


def changed(name: str, place: Any, value: float) -> Frame:
    array = getattr(FRAME, name).copy()
    array[place] = value
    return replace(FRAME, **{name: array})


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (replace(FRAME, binary=FRAME.binary[:5]), r"binary has shape \(5, 3\) and not \(6, 3\)"),
        (replace(FRAME, organizations=FRAME.organizations[:5]), "organizations has shape"),
        (replace(FRAME, dimensions=(Dimension("sector", ()), *FRAME.dimensions[1:])), "sector has 0 codes"),
        (changed("segments", (2, 1), 2), "region has a place without a code"),
        (changed("weights", 0, 0), "every row has a weight above zero"),
        (changed("weights", 0, -1), "every row has a weight above zero"),
        (changed("weights", 0, np.nan), "every row has a weight above zero"),
        (changed("weights", 0, np.inf), "every row has a weight above zero"),
        (changed("binary", (0, 0), 2), "an answer is 1, 0 or not in the base"),
        (changed("binary", (0, 0), -2), "an answer is 1, 0 or not in the base"),
        (changed("numeric", (0, 0), np.inf), "an amount is a number or not in the base"),
        (changed("organizations", 0, 1), "an organisation is twice in a wave"),
    ],
)
def test_what_is_refused(frame: Frame, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Cube.build(frame)


def test_a_frame_comes_back_from_the_disk_and_cannot_be_changed(tmp_path: Path) -> None:
    FRAME.save(tmp_path)
    loaded = Frame.load(tmp_path)
    check(loaded)
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(loaded, name), getattr(FRAME, name))
    assert (loaded.dimensions, loaded.measures) == (FRAME.dimensions, FRAME.measures)
    with pytest.raises(ValueError, match="read-only"):
        loaded.binary[0, 0] = 1


def test_an_organisation_that_is_there_already_cannot_come_again() -> None:
    cube = Cube.build(FRAME)
    later = frame_of(3, seed=2, organizations=np.array([100, 5, 101]))
    with pytest.raises(ValueError, match="twice in a wave"):
        cube.append(later)
    assert len(cube.append(replace(later, organizations=later.organizations + 100)).rows()) == 9


def test_rows_of_another_make_are_not_appended() -> None:
    later = replace(frame_of(1, seed=2), dimensions=(Dimension("sector", ("energy",)), *FRAME.dimensions[1:]))
    with pytest.raises(ValueError, match="the dimensions are not those of the cube: build it afresh"):
        Cube.build(FRAME).append(later)


def test_a_cube_of_nobody_takes_rows(tmp_path: Path) -> None:
    Cube.build(frame_of(0, seed=1)).save(tmp_path)
    cube = Cube.load(tmp_path)
    assert cut(cube, Query(), k=5).base.sum() == 0
    assert cut(cube.append(FRAME), Query(), k=5).base.tolist() == [[6] * 5]


def test_there_is_no_cube_in_an_empty_folder_and_what_is_written_stays(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Cube.load(tmp_path)
    Cube.build(FRAME).save(tmp_path / "one")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "one").rglob("*.npy")}
    Cube.load(tmp_path / "one").append(frame_of(2, seed=3, organizations=np.array([50, 51]))).save(
        tmp_path / "one"
    )
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == ["part-0000", "part-0001"]


def test_an_interrupted_save_leaves_nothing_that_looks_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("posture.analysis.cubes.cube.json.dumps", interrupted)
    with pytest.raises(OSError, match="disk full"):
        Cube.build(FRAME).save(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_sums_of_all_rows_do_not_depend_on_how_many_are_taken_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frame = frame_of(500, seed=6)
    expected = Cube.build(frame).parts[0].tables[0].sums
    monkeypatch.setattr("posture.analysis.cubes.sums.ROWS_AT_ONCE", 7)
    np.testing.assert_allclose(Cube.build(frame).parts[0].tables[0].sums, expected, rtol=1e-13)
