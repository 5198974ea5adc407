"""Tables of sums by the tuples of some dimensions that occur, and the smaller tables derived from a larger one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.sparse import csc_array

from posture.analysis.cubes.frame import Dimension

FEW_CELLS = 2000
SHARE_FOR_SMALLER = 0.5


@dataclass(frozen=True)
class Table:
    """A table of sums. dimensions: positions in the frame. codes: uint8 [cells, all dimensions of the frame], 0 for
    the other dimensions. sums: float64 [cells, columns]."""

    dimensions: frozenset[int]
    codes: np.ndarray
    sums: np.ndarray

    def __len__(self) -> int:
        return len(self.codes)


def keys_of(codes: np.ndarray, sizes: Sequence[int], places: Sequence[int]) -> np.ndarray:
    """Encodes the tuple of codes at `places` as one number, the first code being the most significant."""
    keys = np.zeros(len(codes), dtype=np.int64)
    for place in places:
        keys *= sizes[place]
        keys += codes[:, place]
    return keys


def added(sums: np.ndarray, groups: np.ndarray, count: int, is_kept: np.ndarray | None = None) -> np.ndarray:
    """Adds up the rows of `sums` by group: [count, columns].

    Input    groups: int [rows, one column for each way of grouping], consecutive numbers. kept: bool [rows].
    """
    groupings = groups.shape[1]
    if is_kept is None:
        pointers = np.arange(0, groupings * len(sums) + 1, groupings, dtype=np.int32)
    else:
        groups = groups[is_kept]
        pointers = np.concatenate([[0], np.cumsum(is_kept, dtype=np.int32) * groupings]).astype(np.int32)
    entries = np.ones(groups.size)
    places = groups.astype(np.int32).ravel()
    return np.asarray(csc_array((entries, places, pointers), shape=(count, len(sums))) @ sums)


def smaller_tables(largest: Table, dimensions: Sequence[Dimension]) -> list[Table]:
    """Tables by fewer dimensions, the smallest sets first, while they are small compared with the largest."""
    if len(largest) <= FEW_CELLS:
        return []
    sizes = [len(dimension.codes) for dimension in dimensions]
    tables = [largest]
    for places in reversed(_dimension_sets_within(sizes, SHARE_FOR_SMALLER * len(largest))):
        source = smallest_with(tables, frozenset(places))
        keys, first, group = np.unique(
            keys_of(source.codes, sizes, places), return_index=True, return_inverse=True
        )
        codes = np.zeros((len(keys), len(sizes)), dtype=np.uint8)
        codes[:, places] = source.codes[first][:, places]
        tables.append(Table(frozenset(places), codes, added(source.sums, group[:, None], len(keys))))
    return tables[1:]


def smallest_with(tables: Sequence[Table], dimensions: frozenset[int]) -> Table:
    return min((table for table in tables if dimensions <= table.dimensions), key=len)


def _dimension_sets_within(sizes: Sequence[int], most_cells: float) -> list[tuple[int, ...]]:
    """Selects sets of dimensions by the number of their possible cells, up to `most_cells` in total."""
    sets = [places for count in range(len(sizes)) for places in combinations(range(len(sizes)), count)]
    cells = {places: math.prod(sizes[place] for place in places) for places in sets}
    ordered = sorted(sets, key=lambda places: (cells[places], places))
    table_count = np.searchsorted(np.cumsum([cells[places] for places in ordered]), most_cells, side="right")
    return ordered[: int(table_count)]
