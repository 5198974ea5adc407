"""What a cut asks for, in the names of a frame and in its places."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from posture.analysis.cube import Cube
from posture.analysis.frame import WAVE, Frame, Measure
from posture.analysis.sums import Layout

MOST_IN_A_BREAK = 2
ANSWERS = ("1", "0")


class Refused(ValueError):
    """A cut that would mislead; the text says why."""


@dataclass(frozen=True)
class Query:
    """breaks: each by up to two dimensions, () is the total; the key of a yes or no may stand for a dimension.
    segments: for each dimension the codes that are kept. answers: for the key of a measure the values that are kept.
    measures: keys, all when None; a cut has them in the order of the frame."""

    breaks: tuple[tuple[str, ...], ...] = ((),)
    segments: Mapping[str, Sequence[str]] = field(default_factory=dict)
    answers: Mapping[str, Sequence[float]] = field(default_factory=dict)
    measures: Sequence[str] | None = None


@dataclass(frozen=True)
class Group:
    """One of the groups of a break: the code of each of its dimensions. An answer has the codes 1 and 0."""

    dimensions: tuple[str, ...]
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Selection:
    """A query against a frame, in places. Raises KeyError for a dimension, code or measure that is not there."""

    frame: Frame
    query: Query

    @property
    def measures(self) -> tuple[Measure, ...]:
        yes_no, amounts = self.places
        return tuple(self.frame.measures[place] for place in (*yes_no, *(len(self.frame.yes_no) + amounts)))

    @property
    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """Of the measures, among the yes or no and among the amounts."""
        wanted: Iterable[int] = range(len(self.frame.measures))
        if self.query.measures is not None:
            wanted = map(self.frame.place_of_measure, self.query.measures)
        places = np.array(sorted(set(wanted)), dtype=int)
        is_amount = places >= len(self.frame.yes_no)
        return places[~is_amount], places[is_amount] - len(self.frame.yes_no)

    @property
    def layout(self) -> Layout:
        yes_no, amounts = self.places
        return Layout(len(yes_no), len(amounts))

    def codes_of(self, dimension: str) -> tuple[str, ...]:
        if "|" in dimension:
            if self.frame.place_of_measure(dimension) >= len(self.frame.yes_no):
                raise KeyError(f"{dimension} is not a yes or no")
            return ANSWERS
        return self.frame.dimensions[self.frame.place(dimension)].codes

    def groups_of(self, one: tuple[str, ...]) -> list[Group]:
        if len(one) > MOST_IN_A_BREAK or len(set(one)) < len(one):
            raise ValueError(f"a break has up to {MOST_IN_A_BREAK} different dimensions")
        return [Group(one, codes) for codes in product(*(self.codes_of(dimension) for dimension in one))]

    @property
    def kept_codes(self) -> dict[int, np.ndarray]:
        """For each filtered dimension, whether each of its codes is kept."""
        found = {}
        for dimension, codes in self.query.segments.items():
            known = self.codes_of(dimension)
            if unknown := set(codes) - set(known):
                raise KeyError(f"{dimension} has no {sorted(unknown)}")
            found[self.frame.place(dimension)] = np.isin(known, list(codes))
        return found


def design_sizes(cube: Cube, query: Query) -> np.ndarray:
    """For each group the rows of the waves that it may have rows of: what its variance is estimated within.

    Raises   Refused when a group would have an organisation of two waves twice.
    """
    selection, by_wave = Selection(cube.frame, query), cube.rows_by_wave
    waves = selection.codes_of(WAVE) if len(by_wave) > 1 else ("",)
    kept = np.isin(waves, list(query.segments.get(WAVE, waves)))
    together = int(by_wave[kept].sum())
    sizes: list[int] = []
    for one in query.breaks:
        if WAVE not in one and kept.sum() > 1 and not cube.has_organizations_once:
            raise Refused("an organisation would count twice: choose a wave, or break by wave")
        for group in selection.groups_of(one):
            wave = dict(zip(group.dimensions, group.codes, strict=True)).get(WAVE)
            sizes.append(together if wave is None or len(by_wave) == 1 else int(by_wave[waves.index(wave)]))
    return np.array(sizes)
