"""Computes the sums of every group of a query: from tables, or from rows if the query filters or groups by an
answer."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from posture.analysis.cubes.cube import Cube, CubePart
from posture.analysis.cubes.frame import Frame
from posture.analysis.cubes.selection import ANSWERS, Block, Selection, is_answer
from posture.analysis.cubes.sums import Layout, sums_by_run
from posture.analysis.cubes.tables import added, keys_of, smallest_with

Grouping = tuple[Sequence[int], int]
"""A break in places of dimensions, and the number of its first group."""


def sums_of(cube: Cube, selection: Selection) -> np.ndarray:
    """The sums of all groups: [groups of all breaks, columns of the layout of the measures]."""
    sums = np.zeros((selection.blocks[-1].rows.stop, selection.layout.columns))
    groupings = []
    for block in selection.blocks:
        if any(is_answer(dimension) for dimension in block.dimensions):
            sums[block.rows] = _by_answers(cube, selection, block)
        else:
            groupings.append(
                ([cube.frame.place(dimension) for dimension in block.dimensions], block.rows.start)
            )
    for part in cube.parts if groupings else ():
        if selection.query.answers:
            _add_rows(sums, part, selection, groupings)
        else:
            _add_tables(sums, part, selection, groupings)
    return sums


def _by_answers(cube: Cube, selection: Selection, block: Block) -> np.ndarray:
    """The sums of a break by answers: filters by each answer in turn and copies the groups to their places."""
    query, answers = selection.query, [dimension for dimension in block.dimensions if is_answer(dimension)]
    other_dimensions = tuple(dimension for dimension in block.dimensions if not is_answer(dimension))
    sums = np.empty((*block.shape, selection.layout.columns))
    for codes in product(range(len(ANSWERS)), repeat=len(answers)):
        filters = dict(query.answers)
        for key, code in zip(answers, codes, strict=True):
            filters[key] = _both(query.answers.get(key), float(ANSWERS[code]))
        filtered = Selection(cube.frame, replace(query, breaks=(other_dimensions,), answers=filters))
        answer_codes = iter(codes)
        place = tuple(
            next(answer_codes) if is_answer(dimension) else slice(None) for dimension in block.dimensions
        )
        sums[place] = sums_of(cube, filtered).reshape(*filtered.blocks[0].shape, -1)
    return sums.reshape(len(block.groups), -1)


def _both(kept_values: Sequence[float] | None, value: float) -> tuple[float, ...]:
    return (value,) if kept_values is None or value in kept_values else ()


def _add_tables(
    target: np.ndarray, part: CubePart, selection: Selection, groupings: Sequence[Grouping]
) -> None:
    """Adds the sums of each break, from the smallest table that has its dimensions and those of the filters."""
    kept_codes = selection.kept_codes
    sources = [smallest_with(part.tables, frozenset(places) | kept_codes.keys()) for places, _ in groupings]
    for table in {id(source): source for source in sources}.values():
        table_groupings = [
            grouping for grouping, source in zip(groupings, sources, strict=True) if source is table
        ]
        sums = table.sums
        if selection.chosen is not None:
            layout = Layout(len(selection.frame.yes_no), len(selection.frame.amounts))
            sums = np.take(sums, layout.columns_of(selection.chosen), axis=1)
        groups = _groups(table.codes, selection, table_groupings)
        target += added(sums, groups, len(target), _kept(table.codes, kept_codes))


def _add_rows(
    target: np.ndarray, part: CubePart, selection: Selection, groupings: Sequence[Grouping]
) -> None:
    """Adds the rows that gave the answers, first by cell and then by group, one block of rows at a time."""
    cells, frame = part.tables[0], part.frame
    is_kept = np.ones(len(frame), dtype=bool)
    kept_cells = _kept(cells.codes, selection.kept_codes)
    if kept_cells is not None:
        is_kept = np.repeat(kept_cells, np.diff(part.ends, prepend=0))
    for key, values in selection.query.answers.items():
        is_kept &= np.isin(_column(frame, key), np.asarray(values))
    rows = np.flatnonzero(is_kept)
    ends = np.searchsorted(rows, part.ends)
    has_rows = np.diff(ends, prepend=0) > 0
    groups = _groups(cells.codes[has_rows], selection, groupings)
    for runs, sums in sums_by_run(frame, ends[has_rows], rows, selection.chosen):
        target += added(sums, groups[runs], len(target))


def _groups(codes: np.ndarray, selection: Selection, groupings: Sequence[Grouping]) -> np.ndarray:
    sizes = [len(dimension.codes) for dimension in selection.frame.dimensions]
    return np.stack([first + keys_of(codes, sizes, places) for places, first in groupings], axis=1)


def _kept(codes: np.ndarray, kept_codes: Mapping[int, np.ndarray]) -> np.ndarray | None:
    if not kept_codes:
        return None
    kept = np.ones(len(codes), dtype=bool)
    for place, is_kept in kept_codes.items():
        kept &= is_kept[codes[:, place]]
    return kept


def _column(frame: Frame, key: str) -> np.ndarray:
    place = frame.place_of_measure(key)
    if place < len(frame.yes_no):
        return frame.binary[:, place]
    return frame.numeric[:, place - len(frame.yes_no)]
