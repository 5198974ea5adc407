"""Which numbers of a cut may be released as far as their bases tell, and how many answers are lacking.

Membership alone decides. The audit of a release decides in the end: it sees the other cuts as well.
"""

import math

import numpy as np

from posture.methods.arrays import Array


def releasable(bases: Array, total: Array, shape: tuple[int, ...], k: int) -> Array:
    """bool [groups, measures] for the groups of one break.

    A group has a base of at least k, and what a break withholds follows from its total: it is nobody, or at least k;
    otherwise the smallest further group is withheld. In a break by two dimensions this holds in each row and column.

    Input    bases: int [groups, measures]; total: int [measures], of everybody in the cut; shape: codes of each
             dimension of the break.
    """
    shown = bases >= k
    if not shape:
        return shown
    cells, visible = (array.reshape(*shape, -1) for array in (bases, shown))
    for axis in range(len(shape)) if len(shape) > 1 else ():
        _withhold_smallest(np.moveaxis(cells, axis, 0), np.moveaxis(visible, axis, 0), None, k)
    _withhold_smallest(bases, shown, total, k)
    return shown


def _withhold_smallest(bases: Array, shown: Array, whole: Array | None, k: int) -> None:
    """Along the first axis, in place."""
    everybody = bases.sum(axis=0) if whole is None else whole
    withheld = everybody - np.where(shown, bases, 0).sum(axis=0)
    in_danger = (withheld > 0) & (withheld < k) & shown.any(axis=0)
    if in_danger.any():
        smallest = np.where(shown, bases, np.iinfo(np.int64).max).argmin(axis=0)
        np.put_along_axis(
            shown,
            smallest[None],
            np.take_along_axis(shown, smallest[None], axis=0) & ~in_danger[None],
            axis=0,
        )


def needed(bases: Array, shown: Array, total: Array, shape: tuple[int, ...], k: int) -> Array:
    """int [groups, measures]: how many more answers until the number may be released; 0 when it may already.

    Below k they are lacking in the group itself. Above, they are lacking in the groups that it protects: in its row,
    its column or the whole break, wherever the most are lacking.
    """
    lacking = np.where(shown, 0, np.maximum(k - bases, 0))
    protects = ~shown & (bases >= k)
    if not protects.any() or not shape:
        return lacking
    cells = bases.reshape(*shape, -1)
    small = np.where(cells < k, cells, 0)
    sides = [small.sum(axis=axis, keepdims=True) for axis in range(len(shape)) if len(shape) > 1]
    sides.append((total - np.where(bases >= k, bases, 0).sum(axis=0)).reshape(*(1,) * len(shape), -1))
    gaps = [np.broadcast_to(np.where((side > 0) & (side < k), k - side, 0), cells.shape) for side in sides]
    most = np.maximum.reduce(gaps).reshape(math.prod(shape), -1)
    return np.where(protects, most, lacking)
