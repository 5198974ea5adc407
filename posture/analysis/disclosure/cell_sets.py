"""The cells about one variable as distinct sets of organisations, and the inclusions between these sets. They are
computed once, on atoms; a search then uses the sets that are still published."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from posture.analysis.disclosure.atoms import Atoms


@dataclass(frozen=True)
class Published:
    """Cells that are still published: their positions, and the number of the set of each.

    distinct  the numbers of these sets, in the order of their first cell
    rank      for each set of the variable its position in `distinct`, -1 where it is not published
    """

    positions: np.ndarray
    numbers: np.ndarray
    distinct: np.ndarray
    rank: np.ndarray

    def cells_of(self, number: int) -> set[int]:
        return set(self.positions[self.numbers == number].tolist())

    def among(self, tuples: np.ndarray) -> np.ndarray:
        """Selects from tuples of sets, [sides, tuples], those in which all sets are published."""
        return tuples[:, (self.rank[tuples] >= 0).all(axis=0)]


class CellSets:
    """The distinct sets of the cells about one variable.

    numbers      for each of the given sets the number of its distinct set
    members      bool[distinct sets, atoms]
    atom_sizes   int64[atoms], organisations
    sizes        int64[distinct sets], organisations
    """

    def __init__(self, sets: Sequence[int], bit_sizes: np.ndarray | None = None) -> None:
        """sets: as bits. bit_sizes: the number of organisations that each bit represents, 1 when None."""
        number_of = {members: number for number, members in enumerate(dict.fromkeys(sets))}
        matrix = _matrix(number_of, bit_sizes)
        atoms = Atoms.of(matrix)
        self.numbers = np.array([number_of[members] for members in sets])
        self.members = matrix[:, atoms.firsts]
        self.atom_sizes = atoms.sizes(bit_sizes)
        self.sizes = self.members @ self.atom_sizes

    @cached_property
    def weighed(self) -> csr_array:
        """The number of organisations that each atom adds to a set: [sets, atoms]."""
        return csr_array(self.members * self.atom_sizes)

    @cached_property
    def common(self) -> np.ndarray:
        """The number of organisations in both of two sets: [sets, sets]."""
        return np.asarray((self.weighed @ csr_array(self.members.T.astype(np.int64))).toarray())

    @cached_property
    def is_inside(self) -> np.ndarray:
        """Whether the first set is inside the second: [sets, sets]."""
        return np.asarray(self.common == self.sizes[:, None])

    def published(self, positions: np.ndarray, is_shown: np.ndarray) -> Published:
        """The published cells. positions: the cells, ascending, one for each of the given sets. is_shown: which are
        published."""
        numbers = self.numbers[is_shown]
        distinct, firsts = np.unique(numbers, return_index=True)
        distinct = distinct[np.argsort(firsts)]
        rank = np.full(len(self.sizes), -1)
        rank[distinct] = np.arange(len(distinct))
        return Published(positions[is_shown], numbers, distinct, rank)

    def nested(self, k: int) -> np.ndarray:
        """Pairs of a set and a set around it with fewer than k more organisations: [2, pairs]."""
        difference = self.sizes[None, :] - self.sizes[:, None]
        return np.array(np.nonzero(self.is_inside & (difference > 0) & (difference < k)))

    def small_remainders(self, k: int) -> np.ndarray:
        """Triples of two disjoint sets, the larger one first, and a set around both with fewer than k more
        organisations: [3, triples]. The larger set is then at least about half of the third."""
        size = self.sizes
        is_half = self.is_inside & (2 * size[:, None] > size[None, :] - k) & (size[:, None] < size[None, :])
        larger, whole = np.nonzero(is_half)
        is_part, is_disjoint = self.is_inside.T[whole], (self.common == 0)[larger]
        pairs, smaller = np.nonzero(is_part & is_disjoint)
        larger, whole = larger[pairs], whole[pairs]
        rest = size[whole] - size[larger] - size[smaller]
        return np.stack([larger, smaller, whole])[:, (rest > 0) & (rest < k)]


def _matrix(sets: Iterable[int], bit_sizes: np.ndarray | None) -> np.ndarray:
    """The sets as a matrix: bool[sets, bits]."""
    set_bits = list(sets)
    if bit_sizes is None:
        width = 8 * max((-(-members.bit_length() // 8) for members in set_bits), default=0)
    else:
        width = len(bit_sizes)
    packed = b"".join(members.to_bytes(-(-width // 8), "big") for members in set_bits)
    bytes_of = np.frombuffer(packed, dtype=np.uint8).reshape(len(set_bits), -(-width // 8))
    return np.unpackbits(bytes_of, axis=1, count=width).astype(bool)
