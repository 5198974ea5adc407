"""Computes the remainder of a variable: a total minus its published parts by one dimension."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from posture.analysis.disclosure.cell_sets import CellSets


@dataclass(frozen=True)
class Rest:
    """A remainder. members: atoms of the variable. smallest: the position of the least important published part."""

    members: np.ndarray
    size: int
    smallest: int


@dataclass
class Division:
    """The cells of one series about one variable: of all organisations, and of the cohorts of one dimension. Both are
    positions of cells and the number of each one's set, ascending. The remainder is computed again only when a
    further cell is withheld."""

    sets: CellSets
    totals: list[tuple[int, int]] = field(default_factory=list)
    parts: list[tuple[int, int]] = field(default_factory=list)
    _published: int = -1
    _rests: list[Rest] = field(default_factory=list)

    def rests(self, hidden: np.ndarray) -> list[Rest]:
        """The remainders: at most one, and none if no organisation remains. hidden: for every cell whether it is
        withheld."""
        totals = [number for position, number in self.totals if not hidden[position]]
        parts = [part for part in self.parts if not hidden[part[0]]]
        if len(totals) + len(parts) != self._published:
            self._published = len(totals) + len(parts)
            self._rests = list(self._left_over(totals[-1], parts)) if totals and parts else []
        return self._rests

    def _left_over(self, total: int, parts: list[tuple[int, int]]) -> Iterator[Rest]:
        numbers = [number for _, number in parts]
        members = self.sets.members[total] & ~self.sets.members[numbers].any(axis=0)
        if members.any():
            smallest = parts[int(np.argmin(self.sets.sizes[numbers]))][0]
            yield Rest(members, int(members @ self.sets.atom_sizes), smallest)
