"""Computes a cut of the answers: every number of a page of the explorer, with base, error, interval and marks.

>>> cube = Cube.load(folder)                      # memory-mapped, made by the worker
>>> query = Query(
...     breaks=((), ("sector",), ("sector", "region")),      # () is the total
...     segments={"wave": ["2026-spring"], "size_band": ["50-249", "250-999"]},
...     answers={"indicator|incident|share|": [1.0]},         # organisations that said yes; counted row by row
...     measures=["indicator|visibility|share|", "pair|inventory|gap|"],  # None: all
... )
>>> result = cut(cube, query, k=10)
>>> result.groups[1]
Group(dimensions=('sector',), codes=('energy',))
>>> result.base.shape == (len(result.groups), len(result.measures))
True
>>> result.weighted.value[1, 0], result.weighted.low[1, 0], result.weighted.high[1, 0]   # NaN where empty
>>> result.unweighted.value, result.unweighted.se, result.unweighted.effective_base
>>> result.weighted_base, result.kish_base
>>> result.releasable[1, 0], result.needed[1, 0]    # needed: answers until it may be released
>>> against_rest(result, weighted=True).p_adjusted # in posture.analysis.cubes.significance
>>> cut(cube, Query(breaks=(("wave",),)), k=10)   # waves side by side; pooled waves are Refused
"""

from dataclasses import dataclass, replace

import numpy as np

from posture.analysis.cubes.counting import sums_of
from posture.analysis.cubes.cube import Cube
from posture.analysis.cubes.estimation import Estimator, Figures
from posture.analysis.cubes.frame import Measure
from posture.analysis.cubes.releasability import needed, releasable
from posture.analysis.cubes.selection import (
    Block,
    Break,
    Group,
    Query,
    Selection,
    may_add_waves_up,
    refuse_double_counting,
)
from posture.methods.arrays import Array
from posture.methods.intervals import LEVEL

TOTAL: Break = ()


@dataclass(frozen=True)
class Cut:
    """The result of a query; arrays are [groups, measures]. The total is among the groups, last if the query did not
    ask for it. It is left out if it would count an organisation in two waves twice.

    Missing  an empty group has base 0 and NaN in all other arrays. A group of one has no weighted error or interval.
             No number is withheld here: `releasable` says which numbers a release might show, and a page must apply
             it.
    Source   METHODS.md.
    """

    query: Query
    groups: tuple[Group, ...]
    measures: tuple[Measure, ...]
    blocks: tuple[Block, ...]
    base: Array
    weighted_base: Array
    kish_base: Array
    unweighted: Figures
    weighted: Figures
    releasable: Array
    needed: Array
    sums: Array
    estimator: Estimator


def cut(cube: Cube, query: Query, *, k: int, level: float = LEVEL) -> Cut:
    """Counts all groups of all breaks, weighted and unweighted.

    Input    k: the smallest number of organisations that a published number may be based on; level: of the intervals,
             0-1.
    Raises   KeyError for a name that the frame does not have, Refused where an organisation would count twice.
    """
    selection = Selection(cube.frame, query)
    if TOTAL not in query.breaks and may_add_waves_up(cube, selection):
        selection = Selection(cube.frame, replace(query, breaks=(*query.breaks, TOTAL)))
    refuse_double_counting(cube, selection)
    sums = sums_of(cube, selection)
    estimator = Estimator(selection.layout, selection.measures, level)
    estimates = estimator.of(sums)
    base = estimates.bases.base
    totals = [base[block.rows.start] for block in selection.blocks if block.dimensions == TOTAL]
    is_releasable, lacking = np.empty(base.shape, dtype=bool), np.empty(base.shape, dtype=np.int64)
    for block in selection.blocks:
        rows = block.rows
        total = totals[0] if totals else base[rows].sum(axis=0)
        is_releasable[rows] = releasable(base[rows], total, block.shape, k)
        lacking[rows] = needed(base[rows], is_releasable[rows], total, block.shape, k)
    return Cut(
        selection.query,
        tuple(group for block in selection.blocks for group in block.groups),
        selection.measures,
        selection.blocks,
        *estimates.bases,
        estimates.unweighted,
        estimates.weighted,
        is_releasable,
        lacking,
        sums,
        estimator,
    )
