"""Answers as columns: one row for each organisation in a wave, from which any cut can be counted."""

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

NOT_IN_BASE = -1
WAVE = "wave"
MOST_CODES = 256
ARRAYS = ("segments", "binary", "numeric", "weights", "organizations")


@dataclass(frozen=True)
class Dimension:
    """A property by which rows are grouped. `codes` has "" (not stated) where it occurs; a row holds the position in
    `codes`."""

    code: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Measure:
    """A number that is counted, named as in a published row. method: wilson for yes or no, t for an amount, tango for
    the difference of two yes-or-no answers (-100, 0 or 100 points)."""

    kind: str
    subject: str
    statistic: str
    option: str
    unit: str
    method: Literal["wilson", "t", "tango"]

    @property
    def key(self) -> str:
        return f"{self.kind}|{self.subject}|{self.statistic}|{self.option}"


@dataclass(frozen=True)
class Frame:
    """The columns of all rows.

    segments        uint8 [rows, dimensions], positions in the codes of each dimension; WAVE may be one of them.
    binary          int8 [rows, yes_no]: 1, 0, or NOT_IN_BASE.
    numeric         float32 [rows, amounts]; NaN is not in the base.
    weights         float64 [rows], all above zero; all 1 where nothing is weighted.
    organizations   int64 [rows]; an organisation has at most one row in a wave.
    """

    dimensions: tuple[Dimension, ...]
    segments: np.ndarray
    yes_no: tuple[Measure, ...]
    binary: np.ndarray
    amounts: tuple[Measure, ...]
    numeric: np.ndarray
    weights: np.ndarray
    organizations: np.ndarray

    def __len__(self) -> int:
        return len(self.weights)

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        return self.yes_no + self.amounts

    def place_of_measure(self, key: str) -> int:
        """The position of a key among `measures`. Raises KeyError for a key that the frame does not have."""
        return self._places_of_measures[key]

    @cached_property
    def _places_of_measures(self) -> dict[str, int]:
        return {measure.key: place for place, measure in enumerate(self.measures)}

    def place(self, dimension: str) -> int:
        """The position of a dimension. Raises KeyError for a dimension that the frame does not have."""
        for place, candidate in enumerate(self.dimensions):
            if candidate.code == dimension:
                return place
        raise KeyError(dimension)

    def with_rows(self, rows: np.ndarray | slice) -> "Frame":
        """The same columns with some of the rows, or with all rows in another order."""
        return Frame(
            self.dimensions,
            self.segments[rows],
            self.yes_no,
            self.binary[rows],
            self.amounts,
            self.numeric[rows],
            self.weights[rows],
            self.organizations[rows],
        )

    def save(self, folder: Path) -> None:
        """Writes the arrays as .npy, so that `load` can map them into memory, and their description as JSON."""
        for name in ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name))
        description = {
            name: [asdict(entry) for entry in getattr(self, name)]
            for name in ("dimensions", "yes_no", "amounts")
        }
        (folder / "frame.json").write_text(json.dumps(description), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Frame":
        """Loads a frame with memory-mapped arrays: processes that load the same folder share its pages."""
        description = json.loads((folder / "frame.json").read_text("utf-8"))
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r").view(np.ndarray) for name in ARRAYS}
        return cls(
            dimensions=tuple(
                Dimension(entry["code"], tuple(entry["codes"])) for entry in description["dimensions"]
            ),
            yes_no=tuple(Measure(**entry) for entry in description["yes_no"]),
            amounts=tuple(Measure(**entry) for entry in description["amounts"]),
            **arrays,
        )


def check(frame: Frame) -> None:
    """Raises ValueError, with the reason, for arrays that violate the description of Frame."""
    rows = len(frame)
    shapes = {
        "segments": (rows, len(frame.dimensions)),
        "binary": (rows, len(frame.yes_no)),
        "numeric": (rows, len(frame.amounts)),
        "organizations": (rows,),
    }
    for name, shape in shapes.items():
        if getattr(frame, name).shape != shape:
            raise ValueError(f"{name} has shape {getattr(frame, name).shape} and not {shape}")
    for place, dimension in enumerate(frame.dimensions):
        if not 0 < len(dimension.codes) <= MOST_CODES:
            raise ValueError(f"{dimension.code} has {len(dimension.codes)} codes")
        if rows and frame.segments[:, place].max() >= len(dimension.codes):
            raise ValueError(f"{dimension.code} has a place without a code")
    if not ((frame.weights > 0) & np.isfinite(frame.weights)).all():
        raise ValueError("every row has a weight above zero")
    if rows and frame.yes_no and not (frame.binary.min() >= NOT_IN_BASE and frame.binary.max() <= 1):
        raise ValueError("an answer is 1, 0 or not in the base")
    if np.isinf(frame.numeric).any():
        raise ValueError("an amount is a number or not in the base")
