"""Withholds cells so that no number, and no difference of numbers, is based on fewer than k organisations.

1. A cell whose base is below k is withheld, including an empty one: hidden and empty cells must look the same.
2. The withheld cells of one dimension together follow from the total, so they must be empty or at least k.
3. Two published cells about the same variable, one inside the other, must differ by 0 or at least k organisations.
4. The same for the union of two disjoint published cells inside a third.
5. The same for the remainder of a total minus its published parts by one dimension.
6. The same for every other combination of published cells that leaves a small group.
A cell withheld by one rule can break another rule, so the rules are repeated until nothing changes.
Source   METHODS.md, "What is withheld".
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from posture.analysis.disclosure.cell_sets import CellSets, Published
from posture.analysis.disclosure.remainders import Division, Rest
from posture.analysis.disclosure.row_space import small_groups
from posture.analysis.estimates.reasons import Reason
from surveys.instrument.cohorts import ALL, CROSSED

LOWEST_K = 5
LARGEST_OF_ONE, LARGEST_OF_TWO = 0.25, 0.5


class CellKey(NamedTuple):
    """A series, by its position among the series of a release, in a cohort."""

    series: int
    cohort: str


@dataclass(frozen=True)
class Protected:
    """A cell as input of the rules. `exposes`: variable -> the organisations that its numbers are about, as bits. Of
    two cells that cannot both be published the one of lower priority is withheld, then the smaller. may_be_empty:
    variables about which a published cell may have no organisations. only_from_k: variables about which the cell
    reveals nothing for fewer than k."""

    series: int
    cohort: str
    dimension: str
    priority: int
    base: int
    exposes: tuple[tuple[str, int], ...]
    is_dominated: bool = False
    may_be_empty: frozenset[str] = frozenset()
    only_from_k: frozenset[str] = frozenset()

    @property
    def key(self) -> CellKey:
        return CellKey(self.series, self.cohort)

    def may_reveal(self, variable: str, organizations: int, k: int) -> bool:
        is_nobody = not organizations and variable in self.may_be_empty
        return organizations >= k or is_nobody or variable in self.only_from_k

    def reveals(self, variable: str, organizations: int, k: int) -> bool:
        return organizations >= (k if variable in self.only_from_k else 1)


def bits(members: np.ndarray) -> int:
    """Converts a boolean array to one integer, one bit for each entry."""
    return int.from_bytes(np.packbits(members).tobytes(), "big")


def is_dominated(weights: np.ndarray) -> bool:
    """Whether one organisation has more than a quarter of the weight, or two more than half."""
    ordered, whole = np.sort(weights)[::-1], weights.sum()
    return bool(whole and (ordered[0] > LARGEST_OF_ONE * whole or ordered[:2].sum() > LARGEST_OF_TWO * whole))


def withheld(
    cells: Sequence[Protected],
    *,
    k: int,
    sizes: Mapping[str, np.ndarray] | None = None,
) -> set[int]:
    """Positions of the cells to withhold; `reasons_to_withhold` also returns the reasons."""
    return set(reasons_to_withhold(cells, k=k, sizes=sizes))


def reasons_to_withhold(
    cells: Sequence[Protected],
    *,
    k: int,
    sizes: Mapping[str, np.ndarray] | None = None,
) -> dict[int, Reason]:
    """Positions of the cells to withhold, each with the first reason.

    sizes    by variable: the number of organisations that each bit of its cells represents; 1 when None
    Raises   ValueError for k below 5
    """
    return Search(cells, k, sizes or {}).reasons


def dimension_sets(names: Iterable[str]) -> Iterator[set[str]]:
    """Sets of dimensions to search: all dimensions together, each cut with the dimensions that it crosses, and each
    by itself, always with the total. Fewer cells distinguish fewer organisations, so a small group is in fewer atoms.
    One cohort of a cut and those of both dimensions reveal the other three of two times two."""
    others = set(names) - {ALL}
    searched_sets = [{ALL, *others}]
    for cut in sorted(dimension for dimension in others if CROSSED in dimension):
        crossed = set(cut.split(CROSSED))
        searched_sets.append(
            {ALL, *(dimension for dimension in others if crossed.issuperset(dimension.split(CROSSED)))}
        )
    searched_sets += [{ALL, other} for other in sorted(others)]
    yield from (
        dimensions
        for number, dimensions in enumerate(searched_sets)
        if dimensions not in searched_sets[:number]
    )


class _Exposure(NamedTuple):
    """An exposure of a cell. order: among all exposures of all cells. place: among those of its cell."""

    order: int
    position: int
    place: int
    members: int


class _Variable:
    """The cells about one variable that are not withheld for their own base."""

    def __init__(
        self, cells: Sequence[Protected], exposures: Sequence[_Exposure], sizes: np.ndarray | None, k: int
    ) -> None:
        self.positions = np.array([exposure.position for exposure in exposures])
        self.orders = np.array([exposure.order for exposure in exposures])
        self.dimensions = np.array([cells[exposure.position].dimension for exposure in exposures])
        self.sets = CellSets([exposure.members for exposure in exposures], sizes)
        self.nested = self.sets.nested(k)
        self.small_remainders = self.sets.small_remainders(k)
        self.divisions = self._divisions(cells, exposures)

    def _divisions(self, cells: Sequence[Protected], exposures: Sequence[_Exposure]) -> list[Division]:
        totals: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        divisions: dict[tuple[int, int, str], Division] = {}
        for exposure, number in zip(exposures, self.sets.numbers.tolist(), strict=True):
            cell = cells[exposure.position]
            of_total = totals[cell.series, exposure.place]
            if cell.dimension == ALL:
                of_total.append((exposure.position, number))
                continue
            key = (cell.series, exposure.place, cell.dimension)
            divisions.setdefault(key, Division(self.sets, of_total)).parts.append((exposure.position, number))
        return list(divisions.values())

    def rests(self, hidden: np.ndarray) -> list[Rest]:
        return [rest for division in self.divisions for rest in division.rests(hidden)]


class Search:
    """The state of a search. hidden: for each cell whether it is withheld so far. reasons: the first reason of each
    withheld cell. A rule searches a variable again only if a cell was withheld since its last search, because it
    withholds all cells that it finds. Raises ValueError for k below 5."""

    def __init__(self, cells: Sequence[Protected], k: int, sizes: Mapping[str, np.ndarray]) -> None:
        if k < LOWEST_K:
            raise ValueError(f"k is at least {LOWEST_K}, not {k}")
        self.cells, self.k = cells, k
        self.hidden = np.zeros(len(cells), dtype=bool)
        self.reasons: dict[int, Reason] = {}
        self.hide((place for place, cell in enumerate(cells) if cell.base < k), Reason.THRESHOLD)
        self.hide((place for place, cell in enumerate(cells) if cell.is_dominated), Reason.DOMINANCE)
        exposures: dict[str, list[_Exposure]] = defaultdict(list)
        places = (
            (position, place) for position, cell in enumerate(cells) for place in range(len(cell.exposes))
        )
        for order, (position, place) in enumerate(places):
            variable, members = cells[position].exposes[place]
            exposures[variable].append(_Exposure(order, position, place, members))
        organizations: dict[str, np.ndarray] = {}
        for variable, variable_exposures in exposures.items():
            sets = CellSets([exposure.members for exposure in variable_exposures], sizes.get(variable))
            organizations[variable] = sets.sizes[sets.numbers]
            small = (
                exposure.position
                for exposure, size in zip(variable_exposures, organizations[variable], strict=True)
                if not cells[exposure.position].may_reveal(variable, size, k)
            )
            self.hide(small, Reason.COMPLEMENT)
        self.variables = []
        for variable, variable_exposures in exposures.items():
            revealing = [
                exposure
                for exposure, size in zip(variable_exposures, organizations[variable], strict=True)
                if cells[exposure.position].reveals(variable, size, k) and not self.hidden[exposure.position]
            ]
            if revealing:
                self.variables.append(_Variable(cells, revealing, sizes.get(variable), k))
        self._looked: dict[tuple[str, int], int] = {}
        self._run()

    def reasons_by_cell(self) -> dict[CellKey, Reason]:
        return {self.cells[position].key: reason for position, reason in self.reasons.items()}

    def without(self, cells: Collection[CellKey], reason: Reason) -> "Search":
        """A search that continues from this one with these cells withheld too."""
        positions = [position for position, cell in enumerate(self.cells) if cell.key in cells]
        other = copy(self)
        other.hidden, other.reasons = self.hidden.copy(), dict(self.reasons)
        other._looked = dict(self._looked)
        other.hide(positions, reason)
        other._run()
        return other

    def _run(self) -> None:
        while True:
            before = self.hidden.sum()
            for rule in (self.complements, self.nested, self.sums, self.rests):
                self.hide(rule(), Reason.COMPLEMENT)
            if self.hidden.sum() == before:
                self.hide(self.combinations(), Reason.COMPLEMENT)
            if self.hidden.sum() == before:
                return

    def hide(self, positions: Iterable[int], reason: Reason) -> None:
        for position in positions:
            self.hidden[position] = True
            self.reasons.setdefault(position, reason)

    def _changed(self, rule: str) -> list[tuple[_Variable, Published]]:
        """The variables that changed since the last search of a rule, in the order of the first published cell."""
        changed = []
        for number, variable in enumerate(self.variables):
            is_shown = ~self.hidden[variable.positions]
            count = int(is_shown.sum())
            if count and self._looked.get((rule, number)) != count:
                self._looked[rule, number] = count
                published = variable.sets.published(variable.positions, is_shown)
                changed.append((int(variable.orders[is_shown][0]), variable, published))
        return [
            (variable, published) for _, variable, published in sorted(changed, key=lambda change: change[0])
        ]

    def complements(self) -> set[int]:
        """Withholds the smallest further cell where total minus published leaves between 1 and k - 1 organisations."""
        rests = (rest for variable, _ in self._changed("complements") for rest in variable.rests(self.hidden))
        return {rest.smallest for rest in rests if rest.size < self.k}

    def nested(self) -> set[int]:
        to_withhold: set[int] = set()
        for variable, published in self._changed("nested"):
            inner, outer = published.among(variable.nested)
            rank, size = published.rank, variable.sets.sizes
            order = np.lexsort((rank[outer], size[outer], rank[inner], size[inner]))
            for pair in order:
                to_withhold |= self._weaker(published, int(inner[pair]), int(outer[pair]), to_withhold)
        return to_withhold

    def _weaker(self, published: Published, inner: int, outer: int, to_withhold: set[int]) -> set[int]:
        """All cells on the side to withhold: those of lower priority, and at equal priority the inner ones."""
        sides = [published.cells_of(side) - to_withhold for side in (inner, outer)]
        if not all(sides):
            return set()
        strengths = [self._priority(side) for side in sides]
        return sides[1] if strengths[1] < strengths[0] else sides[0]

    def _priority(self, positions: Iterable[int]) -> int:
        return max(self.cells[position].priority for position in positions)

    def sums(self) -> set[int]:
        """Withholds cells for the first violation of each variable; the rules run again after it. All cells on the
        side of lowest priority are withheld, at equal priority the smallest."""
        to_withhold: set[int] = set()
        for variable, published in self._changed("sums"):
            triples = published.among(variable.small_remainders)
            if not triples.size:
                continue
            parts, whole = np.sort(published.rank[triples[:2]], axis=0), published.rank[triples[2]]
            first = np.lexsort((whole, parts[1], parts[0]))[0]
            ranks = (parts[0, first], parts[1, first], whole[first])
            sides = [int(published.distinct[rank]) for rank in ranks]
            strengths = {side: self._priority(published.cells_of(side)) for side in sides}
            weakest = min(sides, key=lambda side: (strengths[side], variable.sets.sizes[side]))
            to_withhold |= published.cells_of(weakest)
        return to_withhold

    def rests(self) -> set[int]:
        """Withholds cells where a published cell is inside the remainder, or contains it, with fewer than k
        organisations between them."""
        to_withhold: set[int] = set()
        for variable, published in self._changed("rests"):
            for rest in variable.rests(self.hidden):
                for position in self._close_to(rest, variable, published):
                    is_weaker = self.cells[position].priority < self.cells[rest.smallest].priority
                    to_withhold.add(position if is_weaker else rest.smallest)
        return to_withhold

    def _close_to(self, rest: Rest, variable: _Variable, published: Published) -> list[int]:
        sizes, common = variable.sets.sizes, variable.sets.weighed @ rest.members
        apart = sizes + rest.size - 2 * common
        is_close = ((common == sizes) | (common == rest.size)) & (apart > 0) & (apart < self.k)
        return [int(position) for position in published.positions[is_close[published.numbers]]]

    def combinations(self) -> set[int]:
        """Withholds the cell of lowest priority of the first combination of each variable; the rules run again after
        it."""
        to_withhold: set[int] = set()
        for variable, _ in self._changed("combinations"):
            is_shown = ~self.hidden[variable.positions]
            for dimensions in dimension_sets(variable.dimensions[is_shown].tolist()):
                is_in = is_shown & np.isin(variable.dimensions, list(dimensions))
                to_withhold |= self._first_combination(
                    variable, variable.sets.published(variable.positions, is_in)
                )
        return to_withhold

    def _first_combination(self, variable: _Variable, published: Published) -> set[int]:
        sets = variable.sets.members[published.distinct]
        group = next(small_groups(sets, self.k, variable.sets.atom_sizes), None)
        if group is None:
            return set()
        sides = [published.cells_of(published.distinct[place]) for place in group.cells]
        return min(
            sides,
            key=lambda side: max(
                (self.cells[position].priority, self.cells[position].base) for position in side
            ),
        )
