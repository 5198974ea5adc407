"""Divides a system of numbers and sums into parts that no chain of sums connects. Each part is settled without the
others, and an unchanged part keeps its decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from posture.analysis.disclosure.implied_ends import Sums
from posture.analysis.disclosure.sums_of_numbers import Number

LASTING = ("value", "base", "top", "scoring", "short", "is_guarded", "is_difference", "is_of_all")


@dataclass(frozen=True)
class Part:
    """A part of a system. places: the positions of its numbers, ascending. content: its sums, and the properties of
    its numbers that do not change while they are settled."""

    places: list[int]
    content: tuple[bytes, ...]

    def state(self, numbers: Sequence[Number]) -> tuple[bytes, ...]:
        """All properties that decide how its numbers are shown. numbers: those of the part."""
        decided = bytes(4 * number.exactness + 2 * number.is_public + number.is_fixed for number in numbers)
        return *self.content, decided


def parts_of(numbers: Sequence[Number], sums: Sums) -> tuple[list[Part], list[int]]:
    """The parts, and for each number the position of its part."""
    matrix, count = sums.matrix, len(numbers)
    graph = sparse.bmat([[None, matrix.T], [matrix, None]])
    label_of = connected_components(graph, directed=False)[1]
    part_of = np.unique(label_of[:count], return_inverse=True)[1]
    by_part = np.argsort(part_of, kind="stable")
    ends = np.cumsum(np.bincount(part_of))
    place_in_part = np.empty(count, dtype=int)
    place_in_part[by_part] = np.arange(count) - np.repeat(ends - np.bincount(part_of), np.bincount(part_of))
    contents = _contents(sums, part_of, place_in_part, len(ends))
    lasting = _lasting(numbers)[by_part]
    parts = [
        Part(by_part[first:last].tolist(), (*content, lasting[first:last].tobytes()))
        for first, last, content in zip([0, *ends[:-1]], ends, contents, strict=True)
    ]
    return parts, part_of.tolist()


def _contents(
    sums: Sums, part_of: np.ndarray, place_in_part: np.ndarray, parts: int
) -> list[tuple[bytes, ...]]:
    """The sums of each part: how many numbers each sum has, their positions, their factors, and the totals."""
    part_of_sum = part_of[sums.matrix.indices[sums.matrix.indptr[:-1]]]
    by_part = np.argsort(part_of_sum, kind="stable")
    matrix, totals = sums.matrix[by_part], sums.lower[by_part]
    lengths, places = np.diff(matrix.indptr), place_in_part[matrix.indices]
    rows = np.searchsorted(part_of_sum[by_part], np.arange(parts + 1))
    entries = matrix.indptr[rows]
    return [
        (
            lengths[row:row_end].tobytes(),
            places[entry:entry_end].tobytes(),
            matrix.data[entry:entry_end].tobytes(),
            totals[row:row_end].tobytes(),
        )
        for row, row_end, entry, entry_end in zip(rows, rows[1:], entries, entries[1:], strict=False)
    ]


def _lasting(numbers: Sequence[Number]) -> np.ndarray:
    """The properties of numbers that do not change: [numbers, columns]."""
    costs = [
        np.fromiter((number.cost[place] for number in numbers), float, len(numbers))
        for place in range(_costs(numbers))
    ]
    return np.column_stack([*(column_of(name, numbers) for name in LASTING), *costs])


def column_of(name: str, numbers: Sequence[Number]) -> np.ndarray:
    """One property of all numbers: float[numbers]."""
    return np.fromiter(map(attrgetter(name), numbers), float, len(numbers))


def _costs(numbers: Sequence[Number]) -> int:
    return min((len(number.cost) for number in numbers), default=0)
