"""Decides which numbers of a cut may be released by their bases alone, and how many answers are missing.

Only the number of organisations counts here. The audit of a release makes the final decision, because it also sees
the other cuts.
"""

import math

import numpy as np

from posture.methods.arrays import Array


def releasable(bases: Array, total: Array, shape: tuple[int, ...], k: int) -> Array:
    """Whether each group of one break may be released: bool [groups, measures].

    A group must have a base of at least k. The withheld part of a break follows from its total, so it must have no
    organisations or at least k; otherwise the smallest further group is withheld. In a break by two dimensions this
    holds in each row and column.

    Input    bases: int [groups, measures]; total: int [measures], of all organisations in the cut; shape: codes of
             each dimension of the break.
    """
    is_shown = bases >= k
    if not shape:
        return is_shown
    cells, visible = (array.reshape(*shape, -1) for array in (bases, is_shown))
    for axis in range(len(shape)) if len(shape) > 1 else ():
        _withhold_smallest(np.moveaxis(cells, axis, 0), np.moveaxis(visible, axis, 0), None, k)
    _withhold_smallest(bases, is_shown, total, k)
    return is_shown


def _withhold_smallest(bases: Array, is_shown: Array, total: Array | None, k: int) -> None:
    """Withholds the smallest groups along the first axis, in place."""
    organizations = bases.sum(axis=0) if total is None else total
    withheld = organizations - np.where(is_shown, bases, 0).sum(axis=0)
    is_exposed = (withheld > 0) & (withheld < k) & is_shown.any(axis=0)
    if is_exposed.any():
        smallest = np.where(is_shown, bases, np.iinfo(np.int64).max).argmin(axis=0)
        np.put_along_axis(
            is_shown,
            smallest[None],
            np.take_along_axis(is_shown, smallest[None], axis=0) & ~is_exposed[None],
            axis=0,
        )


def needed(bases: Array, is_shown: Array, total: Array, shape: tuple[int, ...], k: int) -> Array:
    """The number of further answers until each number may be released: int [groups, measures]; 0 if it may be
    released now.

    Below k, the answers are missing in the group itself. Otherwise they are missing in the groups that it protects:
    in its row, its column or the whole break, whichever lacks the most.
    """
    lacking = np.where(is_shown, 0, np.maximum(k - bases, 0))
    protects = ~is_shown & (bases >= k)
    if not protects.any() or not shape:
        return lacking
    cells = bases.reshape(*shape, -1)
    small = np.where(cells < k, cells, 0)
    sides = [small.sum(axis=axis, keepdims=True) for axis in range(len(shape)) if len(shape) > 1]
    sides.append((total - np.where(bases >= k, bases, 0).sum(axis=0)).reshape(*(1,) * len(shape), -1))
    gaps = [np.broadcast_to(np.where((side > 0) & (side < k), k - side, 0), cells.shape) for side in sides]
    largest_gap = np.maximum.reduce(gaps).reshape(math.prod(shape), -1)
    return np.where(protects, largest_gap, lacking)
