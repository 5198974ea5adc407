"""Candidates with the product's code: a cut, its sums alone, the build of a cube, and rows that are added later."""

from pathlib import Path

import numpy as np

from benchmarks.generator import DIMENSIONS, SHARES, frame_of, read, write
from benchmarks.protocol import Call
from posture.analysis.cubes.counting import sums_of
from posture.analysis.cubes.cube import Cube
from posture.analysis.cubes.cuts import cut
from posture.analysis.cubes.selection import Query, Selection
from posture.analysis.cubes.significance import against_rest

K = 10
BREAKS = (*((name,) for name in DIMENSIONS), ())
QUERIES = {
    "F1": Query(BREAKS, {"industry": ("1", "4", "7"), "size": ("2", "3", "4")}),
    "F2": Query(BREAKS),
    "F4": Query(BREAKS, answers={"indicator|q07|share|": (0.0,)}),
    "F5": Query(
        BREAKS,
        {
            name: tuple(str(code) for code in range(1, len(share)))
            for name, share in SHARES.items()
            if name != "wave"
        },
    ),
}


def prepare_cut(folder: Path, query: str) -> Call:
    cube = Cube.load(folder / "cube")

    def call() -> np.ndarray:
        return cut(cube, QUERIES[query], k=K).sums

    return call


def prepare_sums(folder: Path, query: str) -> Call:
    cube = Cube.load(folder / "cube")
    return lambda: sums_of(cube, Selection(cube.frame, QUERIES[query]))


def prepare_p_values(folder: Path, query: str) -> Call:
    cube = Cube.load(folder / "cube")
    return lambda: against_rest(cut(cube, QUERIES[query], k=K), weighted=True).p_adjusted


def prepare_build(folder: Path) -> Call:
    frame = frame_of(*read(folder))

    def call() -> int:
        return len(Cube.build(frame).parts[0].tables[0])

    return call


def prepare_append(folder: Path) -> Call:
    cube = Cube.load(folder / "cube")
    rows = frame_of(*(array[:1000] for array in read(folder)), first=len(cube.frame))
    return lambda: len(cube.append(rows).parts)


def prepare_read_cube(folder: Path) -> Call:
    sums = Cube.load(folder / "cube").parts[0].tables[0].sums
    return lambda: float(sums.sum())


def prepare_read_table(folder: Path) -> Call:
    arrays = read(folder)
    return lambda: [int(array.view(np.uint8).max()) for array in arrays]


def prepare_store(folder: Path, size: int) -> Call:
    """Stores respondents and cube in the folder; the call returns how many cells and bytes they need."""
    write(folder, size)
    cube = Cube.build(frame_of(*read(folder)))
    cube.save(folder / "cube")
    largest, *smaller = cube.parts[0].tables
    cells = sum(map(len, smaller))
    return lambda: (len(largest), cells, largest.sums.nbytes + cells * largest.sums[0].nbytes)
