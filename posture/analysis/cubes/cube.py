"""The frame, sorted by the tuple of its segments, with the sums from which cuts are counted.

A cube has parts. The first part holds all rows of a build; each later part holds rows that came after it. A cut is
the sum over the parts, and a written part never changes, so other processes may read at the same time.
"""

import json
import math
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from posture.analysis.cubes.frame import ARRAYS, WAVE, Frame, check
from posture.analysis.cubes.sums import Layout, sums_by_run
from posture.analysis.cubes.tables import Table, keys_of, smaller_tables

LARGEST_KEY = 2**62


@dataclass(frozen=True)
class CubePart:
    """One part of a cube. frame: its rows in the order of the cells. ends: the end of the rows of each cell. tables:
    the largest first. identities: organisation and wave of all rows as one number, sorted."""

    frame: Frame
    ends: np.ndarray
    tables: tuple[Table, ...]
    identities: np.ndarray

    @classmethod
    def build(cls, frame: Frame) -> "CubePart":
        check(frame)
        sizes = [len(dimension.codes) for dimension in frame.dimensions]
        if math.prod(sizes) > LARGEST_KEY:
            raise ValueError("too many dimensions for one cube")
        keys = keys_of(frame.segments, sizes, range(len(sizes)))
        if math.prod(sizes) <= np.iinfo(np.uint16).max:
            keys = keys.astype(np.uint16)
        order = np.argsort(keys, kind="stable")
        keys, frame = keys[order], frame.with_rows(order)
        starts = np.flatnonzero(np.concatenate([np.ones(min(1, len(keys)), bool), keys[1:] != keys[:-1]]))
        ends = np.append(starts[1:], len(keys)) if len(keys) else starts
        sums = np.zeros((len(ends), Layout(len(frame.yes_no), len(frame.amounts)).columns))
        for runs, run_sums in sums_by_run(frame, ends):
            sums[runs] += run_sums
        largest = Table(frozenset(range(len(sizes))), frame.segments[starts], sums)
        return cls(
            frame, ends, (largest, *smaller_tables(largest, frame.dimensions)), np.sort(_identities(frame))
        )

    def save(self, folder: Path) -> None:
        """Writes the part in one step: a folder that exists is complete."""
        unfinished = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".unfinished-"))
        try:
            self._write(unfinished)
            unfinished.rename(folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def _write(self, folder: Path) -> None:
        self.frame.save(folder)
        np.save(folder / "ends.npy", self.ends)
        np.save(folder / "identities.npy", self.identities)
        _save_beneath(folder / "codes.npy", [table.codes for table in self.tables])
        _save_beneath(folder / "sums.npy", [table.sums for table in self.tables])
        descriptions = [[sorted(table.dimensions), len(table)] for table in self.tables]
        (folder / "tables.json").write_text(json.dumps(descriptions), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> "CubePart":
        """Loads a part. Raises OSError, ValueError, KeyError, TypeError or EOFError for incomplete files."""
        codes, sums, ends, identities = (
            np.load(folder / f"{name}.npy", mmap_mode="r").view(np.ndarray)
            for name in ("codes", "sums", "ends", "identities")
        )
        tables, first = [], 0
        for dimensions, cells in json.loads((folder / "tables.json").read_text("utf-8")):
            rows = slice(first, first + cells)
            tables.append(Table(frozenset(dimensions), codes[rows], sums[rows]))
            first += cells
        if not first == len(codes) == len(sums):
            raise ValueError(f"{folder} holds {len(codes)} cells, and its tables say {first}.")
        return cls(Frame.load(folder), ends, tuple(tables), identities)


def _save_beneath(path: Path, arrays: Sequence[np.ndarray]) -> None:
    """Writes one array of all rows without a second copy in memory."""
    shape = (sum(map(len, arrays)), *arrays[0].shape[1:])
    target, first = np.lib.format.open_memmap(path, mode="w+", dtype=arrays[0].dtype, shape=shape), 0
    for array in arrays:
        target[first : first + len(array)] = array
        first += len(array)
    target.flush()


def _identities(frame: Frame) -> np.ndarray:
    waves = _waves(frame)
    if waves == 1:
        return frame.organizations
    return frame.organizations * waves + frame.segments[:, frame.place(WAVE)]


def _waves(frame: Frame) -> int:
    return next((len(dimension.codes) for dimension in frame.dimensions if dimension.code == WAVE), 1)


@dataclass(frozen=True)
class Cube:
    parts: tuple[CubePart, ...]

    @classmethod
    def build(cls, frame: Frame) -> "Cube":
        """Builds a cube. Raises ValueError for a frame that `frame.check` refuses, and for an organisation that
        occurs twice in a wave."""
        return cls(_checked((CubePart.build(frame),)))

    def append(self, rows: Frame) -> "Cube":
        """The cube with later rows, in a part of their own. Raises ValueError as `build` does, and if their
        dimensions, codes or measures are not those of the cube."""
        for name in ("dimensions", "yes_no", "amounts"):
            if getattr(rows, name) != getattr(self.frame, name):
                raise ValueError(f"the {name} are not those of the cube: build it afresh")
        return Cube(_checked((*self.parts, CubePart.build(rows))))

    def save(self, folder: Path) -> None:
        """Writes the parts that are not in the folder yet."""
        folder.mkdir(parents=True, exist_ok=True)
        for number, part in enumerate(self.parts):
            if not _folder_of(folder, number).exists():
                part.save(_folder_of(folder, number))

    @classmethod
    def load(cls, folder: Path) -> "Cube":
        """Loads a cube with memory-mapped arrays. Raises FileNotFoundError if there is no cube in the folder."""
        parts: list[CubePart] = []
        while _folder_of(folder, len(parts)).exists():
            parts.append(CubePart.load(_folder_of(folder, len(parts))))
        if not parts:
            raise FileNotFoundError(folder)
        return cls(tuple(parts))

    @property
    def frame(self) -> Frame:
        """Dimensions and measures, with the rows of the first part only; `rows` has all."""
        return self.parts[0].frame

    def rows(self) -> Frame:
        """The rows of all parts as one frame, for example to build one part from them."""
        columns: dict[str, Any] = {
            name: np.concatenate([getattr(part.frame, name) for part in self.parts]) for name in ARRAYS
        }
        return replace(self.frame, **columns)

    @cached_property
    def rows_by_wave(self) -> np.ndarray:
        """The number of rows of each wave, in the order of its codes; one number if there is no such dimension."""
        return np.asarray(sum(_rows_by_wave(part) for part in self.parts))

    @cached_property
    def has_organizations_once(self) -> bool:
        """Whether no organisation is in two waves, so that waves may be counted together."""
        waves = _waves(self.frame)
        organizations = np.sort(np.concatenate([part.identities // waves for part in self.parts]))
        return not (organizations[1:] == organizations[:-1]).any()


def _rows_by_wave(part: CubePart) -> np.ndarray:
    rows = np.diff(part.ends, prepend=0)
    if _waves(part.frame) == 1:
        return np.array([rows.sum()])
    waves = part.tables[0].codes[:, part.frame.place(WAVE)]
    return np.bincount(waves, weights=rows, minlength=_waves(part.frame)).astype(np.int64)


def _checked(parts: Sequence[CubePart]) -> tuple[CubePart, ...]:
    """Checks the last part by itself and against the others."""
    last_identities = parts[-1].identities
    is_twice = bool((last_identities[1:] == last_identities[:-1]).any())
    for part in parts[:-1]:
        places = np.searchsorted(part.identities, last_identities)
        places = places[places < len(part.identities)]
        is_twice |= bool((part.identities[places] == last_identities[: len(places)]).any())
    if is_twice:
        raise ValueError("an organisation is twice in a wave")
    return tuple(parts)


def _folder_of(folder: Path, number: int) -> Path:
    return folder / f"part-{number:04}"
