"""Atoms: groups of organisations that are in the same sets, so that no number about these sets distinguishes them.
The cost of a search on atoms and their sizes depends on the number of atoms, not on the number of organisations."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Atoms:
    """A partition into atoms, numbered in ascending order of their membership: by the first set, then the second, and
    so on.

    number_of  int[places], the number of the atom that each place belongs to
    count      the number of atoms
    """

    number_of: np.ndarray
    count: int

    @classmethod
    def whole(cls, places: int) -> "Atoms":
        """One atom that contains all places."""
        return cls(np.zeros(places, dtype=np.int64), min(places, 1))

    @classmethod
    def of(cls, sets: np.ndarray) -> "Atoms":
        """The atoms of sets: bool[sets, places]. Suited to many sets of few places; for many places, divide
        `whole`."""
        packed = np.packbits(sets, axis=0)
        padded = np.zeros((sets.shape[1], len(packed) + -len(packed) % 8), dtype=np.uint8)
        padded[:, : len(packed)] = packed.T
        words = padded.view(">u8").T
        if not words.size:
            return cls.whole(sets.shape[1])
        order = np.lexsort(words[::-1])
        is_new = (words[:, order[1:]] != words[:, order[:-1]]).any(axis=0)
        number_of = np.empty(len(order), dtype=np.int64)
        number_of[order] = np.concatenate([[0], np.cumsum(is_new)])
        return cls(number_of, int(is_new.sum()) + 1)

    def divided_by(self, sets: Iterable[np.ndarray]) -> "Atoms":
        """Divides the atoms by further sets, one boolean array for each."""
        number_of, count = self.number_of, self.count
        for members in sets:
            number_of = 2 * number_of + members
            is_occupied = np.bincount(number_of, minlength=2 * count) > 0
            number_of = (np.cumsum(is_occupied) - 1)[number_of]
            count = int(is_occupied.sum())
        return Atoms(number_of, count)

    @property
    def firsts(self) -> np.ndarray:
        """The first place of each atom, to look up a property that all places of the atom share."""
        firsts = np.empty(self.count, dtype=np.int64)
        firsts[self.number_of[::-1]] = np.arange(len(self.number_of))[::-1]
        return firsts

    def sizes(self, place_sizes: np.ndarray | None = None) -> np.ndarray:
        """The number of organisations of each atom, int64. place_sizes: the number that each place represents, 1 when
        None."""
        return np.bincount(self.number_of, weights=place_sizes, minlength=self.count).astype(np.int64)
