"""The query of a cut, in names and in positions of a frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import numpy as np

from posture.analysis.cubes.cube import Cube
from posture.analysis.cubes.frame import WAVE, Frame, Measure
from posture.analysis.cubes.sums import Layout, MeasurePositions
from posture.methods.survey import EstimationRefused

MOST_IN_A_BREAK = 2
ANSWERS = ("1", "0")
Break = tuple[str, ...]


@dataclass(frozen=True)
class Query:
    """A query. breaks: each by up to two dimensions, () is the total; the key of a yes-or-no measure may be used as a
    dimension. segments: for each dimension the codes that are kept. answers: for the key of a measure the values that
    are kept. measures: keys, all when None; a cut has them in the order of the frame."""

    breaks: tuple[Break, ...] = ((),)
    segments: Mapping[str, Sequence[str]] = field(default_factory=dict)
    answers: Mapping[str, Sequence[float]] = field(default_factory=dict)
    measures: Sequence[str] | None = None


@dataclass(frozen=True)
class Group:
    """One group of a break: the code of each of its dimensions. An answer has the codes 1 and 0."""

    dimensions: Break
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """A break with its groups: `shape` is the number of codes of each dimension, `rows` the positions of its
    groups."""

    dimensions: Break
    shape: tuple[int, ...]
    groups: tuple[Group, ...]
    rows: slice


@dataclass(frozen=True)
class Selection:
    """A query as positions in a frame. Raises KeyError for an unknown dimension, code or measure."""

    frame: Frame
    query: Query

    @cached_property
    def chosen(self) -> MeasurePositions | None:
        """Positions of the measures; None for all of them."""
        if self.query.measures is None:
            return None
        places = np.array(sorted(set(map(self.frame.place_of_measure, self.query.measures))), dtype=int)
        is_amount = places >= len(self.frame.yes_no)
        return MeasurePositions(places[~is_amount], places[is_amount] - len(self.frame.yes_no))

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        if self.chosen is None:
            return self.frame.measures
        yes_no = tuple(self.frame.yes_no[place] for place in self.chosen.yes_no)
        return yes_no + tuple(self.frame.amounts[place] for place in self.chosen.amounts)

    @cached_property
    def layout(self) -> Layout:
        return Layout(*map(len, self.chosen or (self.frame.yes_no, self.frame.amounts)))

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The breaks with their groups, in order."""
        blocks, first = [], 0
        for dimensions in self.query.breaks:
            if len(dimensions) > MOST_IN_A_BREAK or len(set(dimensions)) < len(dimensions):
                raise ValueError(f"a break has up to {MOST_IN_A_BREAK} different dimensions")
            codes = [self.codes_of(dimension) for dimension in dimensions]
            groups = tuple(Group(dimensions, combined) for combined in product(*codes))
            rows = slice(first, first + len(groups))
            blocks.append(
                Block(dimensions, tuple(len(dimension_codes) for dimension_codes in codes), groups, rows)
            )
            first = rows.stop
        return tuple(blocks)

    def codes_of(self, dimension: str) -> tuple[str, ...]:
        if is_answer(dimension):
            if self.frame.place_of_measure(dimension) >= len(self.frame.yes_no):
                raise KeyError(f"{dimension} is not a yes or no")
            return ANSWERS
        return self.frame.dimensions[self.frame.place(dimension)].codes

    @cached_property
    def kept_codes(self) -> dict[int, np.ndarray]:
        """Whether each code is kept, for each filtered dimension."""
        is_kept = {}
        for dimension, codes in self.query.segments.items():
            known_codes = self.codes_of(dimension)
            if unknown := set(codes) - set(known_codes):
                raise KeyError(f"{dimension} has no {sorted(unknown)}")
            is_kept[self.frame.place(dimension)] = np.array([code in codes for code in known_codes])
        return is_kept


def is_answer(dimension: str) -> bool:
    """Whether a dimension is the key of a measure."""
    return "|" in dimension


def kept_waves(cube: Cube, selection: Selection) -> np.ndarray:
    """Whether each wave is kept: bool, one for each wave; a frame without that dimension has one."""
    for place, dimension in enumerate(cube.frame.dimensions):
        if dimension.code == WAVE and place in selection.kept_codes:
            return selection.kept_codes[place]
    return np.ones(len(cube.rows_by_wave), dtype=bool)


def may_add_waves_up(cube: Cube, selection: Selection) -> bool:
    """Whether each organisation counts once in a group of several waves."""
    return kept_waves(cube, selection).sum() <= 1 or cube.has_organizations_once


def refuse_double_counting(cube: Cube, selection: Selection) -> None:
    """Raises Refused if a group would count an organisation of two waves twice."""
    if may_add_waves_up(cube, selection):
        return
    if any(WAVE not in block.dimensions for block in selection.blocks):
        raise EstimationRefused("an organisation would count twice: choose a wave, or break by wave")
