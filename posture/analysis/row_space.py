"""Small groups whose sum is a combination of published cells, whatever the combination: more than pairs and sums.

Organisations in the same cells are one atom: no number tells them apart. A group of atoms follows from the cells when
its indicator lies in their row space. Searched: every atom and every two atoms together, of fewer than k organisations.
Larger unions of atoms are not searched.
Source   Denning, Denning and Schwartz (1979) on trackers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

CLOSE = 1e-7


@dataclass(frozen=True)
class Group:
    """Places of the organisations, and of the cells that are combined to get them."""

    members: np.ndarray
    cells: tuple[int, ...]


def small_groups(cells: Sequence[np.ndarray], k: int) -> Iterator[Group]:
    """cells: one boolean array for each, over the same organisations. Nothing for no cells."""
    if not cells:
        return
    patterns, atom_of = np.unique(np.array(cells), axis=1, return_inverse=True)
    atom_of = atom_of.ravel()
    sizes = np.bincount(atom_of, minlength=patterns.shape[1])
    inside = np.asarray(patterns.any(axis=0))
    matrix = patterns.astype(float)
    seen = _projection(matrix)
    for group in _in_row_space(seen, sizes, inside, k):
        indicator = np.isin(np.arange(len(sizes)), group).astype(float)
        weights = np.linalg.lstsq(matrix.T, indicator, rcond=None)[0]
        used = tuple(int(place) for place in np.flatnonzero(np.abs(weights) > CLOSE))
        yield Group(np.flatnonzero(np.isin(atom_of, group)), used)


def _projection(matrix: np.ndarray) -> np.ndarray:
    """Onto everything that combinations of the cells can say."""
    _, singular, rows = np.linalg.svd(matrix, full_matrices=False)
    basis = rows[singular > CLOSE * singular.max(initial=1.0)]
    return np.asarray(basis.T @ basis)


def _in_row_space(seen: np.ndarray, sizes: np.ndarray, inside: np.ndarray, k: int) -> Iterator[list[int]]:
    """An indicator lies in the space when the projection leaves its length."""
    alone = np.diag(seen)
    small = inside & (sizes < k)
    is_certain = small & (alone > 1 - CLOSE)
    yield from ([int(place)] for place in np.flatnonzero(is_certain))
    length = alone[:, None] + alone[None, :] + 2 * seen
    together = sizes[:, None] + sizes[None, :] < k
    both = small[:, None] & small[None, :] & together & (length > 2 - CLOSE)
    for first, second in np.argwhere(np.triu(both, 1)):
        if not (is_certain[first] or is_certain[second]):
            yield [int(first), int(second)]
