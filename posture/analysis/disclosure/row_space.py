"""Finds small groups whose sum is any linear combination of published cells, beyond pairs and sums of cells.

Organisations in the same cells are one atom: no number distinguishes them. A group of atoms can be derived from the
cells if its indicator is in their row space. Searched: every atom and every union of two atoms, of fewer than k
organisations. Larger unions of atoms are not searched.

An indicator is in the row space if every vector that all cells map to zero is zero on it. A few such vectors, drawn
at random, exclude all groups except those that can be derived and, very rarely, others; each remaining group is
checked.
Source   Denning, Denning and Schwartz (1979) on trackers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array

from posture.analysis.disclosure.atoms import Atoms

CLOSE = 1e-7
NEARLY_ZERO = 1e-3
DRAWN = 4
SEED = 1979
RIDGE = 1e-9
ENOUGH = 1e-10
ROUNDS = 20
# A smaller matrix takes less time with its zeros.
DENSE = 50_000


@dataclass(frozen=True)
class Group:
    """A group that can be derived: positions of its organisations, and of the cells that are combined to derive it."""

    members: np.ndarray
    cells: tuple[int, ...]


def small_groups(
    cells: Sequence[np.ndarray] | np.ndarray, k: int, sizes: np.ndarray | None = None
) -> Iterator[Group]:
    """The small groups that can be derived. cells: one boolean array for each, over the same organisations, or over
    groups of them with these `sizes`. Empty without cells."""
    if not len(cells):
        return
    matrix = np.asarray(cells)
    atoms = Atoms.of(matrix)
    patterns, atom_sizes = matrix[:, atoms.firsts], atoms.sizes(sizes)
    is_small = patterns.any(axis=0) & (atom_sizes < k)
    if not is_small.any():
        return
    space = RowSpace(patterns)
    for group in _following(space, atom_sizes, is_small, k):
        used = np.flatnonzero(np.abs(space.combination(group)) > CLOSE)
        yield Group(np.flatnonzero(np.isin(atoms.number_of, group)), tuple(int(place) for place in used))


class RowSpace:
    """The row space of a matrix of zeros and ones."""

    def __init__(self, rows: np.ndarray) -> None:
        self.rows = csr_array(rows.astype(float)) if rows.size > DENSE else rows.astype(float)
        gram = self.rows @ self.rows.T
        self.gram = gram if isinstance(gram, np.ndarray) else gram.toarray()

    @cached_property
    def _factor(self) -> tuple[np.ndarray, bool]:
        ridge = RIDGE * float(np.diag(self.gram).max())
        factor: tuple[np.ndarray, bool] = cho_factor(self.gram + ridge * np.eye(len(self.gram)))
        return factor

    def outside(self, vectors: np.ndarray) -> np.ndarray:
        """The part of each vector outside the row space: [columns, vectors]."""
        for _ in range(ROUNDS):
            explained = self.rows @ vectors
            if np.abs(explained).max() <= ENOUGH * self.rows.shape[1]:
                return vectors
            vectors = vectors - self.rows.T @ cho_solve(self._factor, explained)
        return vectors - self._basis @ (self._basis.T @ vectors)

    @cached_property
    def _basis(self) -> np.ndarray:
        rows = self.rows if isinstance(self.rows, np.ndarray) else self.rows.toarray()
        _, singular, rows = np.linalg.svd(rows, full_matrices=False)
        return np.asarray(rows[singular > CLOSE * singular.max(initial=1.0)].T)

    def has(self, group: Sequence[int]) -> bool:
        rest = self.outside(self._indicator(group)[:, None])
        return float((rest**2).sum()) < CLOSE

    def combination(self, group: Sequence[int]) -> np.ndarray:
        """The weights of the rows that combine to the group, of the smallest norm."""
        return np.asarray(np.linalg.lstsq(self.gram, self.rows @ self._indicator(group), rcond=None)[0])

    def _indicator(self, group: Sequence[int]) -> np.ndarray:
        indicator = np.zeros(self.rows.shape[1])
        indicator[list(group)] = 1
        return indicator


def _following(space: RowSpace, sizes: np.ndarray, is_small: np.ndarray, k: int) -> Iterator[tuple[int, ...]]:
    """The small groups: single atoms, then pairs of atoms neither of which can be derived alone."""
    random = np.random.default_rng(SEED)
    unseen = space.outside(random.standard_normal((len(sizes), DRAWN)))
    small = np.flatnonzero(is_small)
    is_certain = np.zeros(len(sizes), dtype=bool)
    for place in small[(np.abs(unseen[small]) < NEARLY_ZERO).all(axis=1)]:
        if space.has([place]):
            is_certain[place] = True
            yield (int(place),)
    uncertain = small[~is_certain[small]]
    for first, second in _opposite(unseen, uncertain, sizes, k):
        if space.has([first, second]):
            yield first, second


def _opposite(unseen: np.ndarray, places: np.ndarray, sizes: np.ndarray, k: int) -> Iterator[tuple[int, int]]:
    """Pairs of places that add up to zero in every vector, in ascending order."""
    values = unseen[places, 0]
    order = np.argsort(values)
    lows, highs = (np.searchsorted(values[order], end - values) for end in (-NEARLY_ZERO, NEARLY_ZERO))
    counts = highs - lows
    first = np.repeat(np.arange(len(places)), counts)
    second = order[np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts - lows, counts)]
    pairs = places[np.stack([first, second])[:, first < second]]
    is_hit = (np.abs(unseen[pairs].sum(axis=0)) < NEARLY_ZERO).all(axis=1) & (sizes[pairs].sum(axis=0) < k)
    yield from sorted((int(place), int(other_place)) for place, other_place in pairs[:, is_hit].T)
