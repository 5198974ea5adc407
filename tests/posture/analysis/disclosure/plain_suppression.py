"""The rules of suppression in the plainest form, on sets of organisations and without optimisation. `withheld` must
give the same result."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from posture.analysis.disclosure.suppression import Protected, dimension_sets
from surveys.instrument.cohorts import ALL

CLOSE = 1e-7
Members = frozenset[int]
VisibleCells = list[tuple[int, Members]]


def withheld_plainly(cells: Sequence[Protected], *, k: int) -> set[int]:
    """Returns the withheld cells. Each bit of a cell is one organisation."""
    members = [[(variable, organizations(bits)) for variable, bits in cell.exposes] for cell in cells]
    hidden = {
        position
        for position, cell in enumerate(cells)
        if cell.base < k
        or cell.is_dominated
        or any(len(organizations_of_variable) < k for _, organizations_of_variable in members[position])
    }
    while True:
        before = len(hidden)
        for rule in (complements, nested, sums, rests):
            hidden |= rule(cells, members, hidden, k)
        if len(hidden) == before:
            hidden |= combined(cells, members, hidden, k)
        if len(hidden) == before:
            return hidden


def organizations(bits: int) -> Members:
    return frozenset(place for place in range(bits.bit_length()) if bits >> place & 1)


Exposed = Sequence[Sequence[tuple[str, Members]]]


def left_over(
    cells: Sequence[Protected], members: Exposed, hidden: set[int]
) -> Iterator[tuple[str, Members, int]]:
    """Yields the variable, the rest of a total beside the published parts of a dimension, and the smallest part."""
    totals = {
        cell.series: place
        for place, cell in enumerate(cells)
        if cell.dimension == ALL and place not in hidden
    }
    groups: dict[tuple[int, str], list[int]] = {}
    for position, cell in enumerate(cells):
        if cell.dimension != ALL and cell.series in totals and position not in hidden:
            groups.setdefault((cell.series, cell.dimension), []).append(position)
    for (series, _), parts in groups.items():
        for place, (variable, everybody) in enumerate(members[totals[series]]):
            rest = everybody.difference(*(members[part][place][1] for part in parts))
            if rest:
                yield variable, rest, min(parts, key=lambda part: len(members[part][place][1]))


def complements(cells: Sequence[Protected], members: Exposed, hidden: set[int], k: int) -> set[int]:
    return {smallest for _, rest, smallest in left_over(cells, members, hidden) if len(rest) < k}


def by_variable(members: Exposed, hidden: Iterable[int]) -> Mapping[str, VisibleCells]:
    visible: dict[str, VisibleCells] = {}
    for position, exposed in enumerate(members):
        for variable, exposed_members in exposed if position not in hidden else ():
            visible.setdefault(variable, []).append((position, exposed_members))
    return visible


def priority(cells: Sequence[Protected], positions: Iterable[int]) -> int:
    return max(cells[position].priority for position in positions)


def positions_of(visible: VisibleCells, side: Members) -> set[int]:
    return {position for position, cell_members in visible if cell_members == side}


def nested(cells: Sequence[Protected], members: Exposed, hidden: set[int], k: int) -> set[int]:
    to_withhold: set[int] = set()
    for visible in by_variable(members, hidden).values():
        distinct = sorted(dict.fromkeys(cell_members for _, cell_members in visible), key=len)
        for inner, outer in combinations(distinct, 2):
            if inner < outer and len(outer - inner) < k:
                sides = [positions_of(visible, side) - to_withhold for side in (inner, outer)]
                if all(sides):
                    to_withhold |= (
                        sides[1] if priority(cells, sides[1]) < priority(cells, sides[0]) else sides[0]
                    )
    return to_withhold


def sums(cells: Sequence[Protected], members: Exposed, hidden: set[int], k: int) -> set[int]:
    to_withhold: set[int] = set()
    for visible in by_variable(members, hidden).values():
        distinct = list(dict.fromkeys(cell_members for _, cell_members in visible))
        violations = (
            (first, second, whole)
            for first, second in combinations(distinct, 2)
            for whole in distinct
            if not first & second and first | second < whole and len(whole - first - second) < k
        )
        sides = next(violations, ())
        if sides:
            weakest = min(sides, key=lambda side: (priority(cells, positions_of(visible, side)), len(side)))
            to_withhold |= positions_of(visible, weakest)
    return to_withhold


def rests(cells: Sequence[Protected], members: Exposed, hidden: set[int], k: int) -> set[int]:
    to_withhold = set()
    visible = by_variable(members, hidden)
    for variable, rest, smallest in left_over(cells, members, hidden):
        for position, cell_members in visible[variable]:
            if (cell_members <= rest or rest <= cell_members) and 0 < len(cell_members ^ rest) < k:
                to_withhold.add(position if cells[position].priority < cells[smallest].priority else smallest)
    return to_withhold


def combined(cells: Sequence[Protected], members: Exposed, hidden: set[int], k: int) -> set[int]:
    to_withhold: set[int] = set()
    for visible in by_variable(members, hidden).values():
        for dimensions in dimension_sets(cells[position].dimension for position, _ in visible):
            searched = [cell for cell in visible if cells[cell[0]].dimension in dimensions]
            distinct = list(dict.fromkeys(cell_members for _, cell_members in searched))
            used = next(small_combinations(distinct, k), [])
            sides = [positions_of(searched, distinct[place]) for place in used]
            if sides:
                strength = {
                    id(side): max((cells[position].priority, cells[position].base) for position in side)
                    for side in sides
                }
                to_withhold |= min(sides, key=lambda side: strength[id(side)])
    return to_withhold


def small_combinations(sets: Sequence[Members], k: int) -> Iterator[list[int]]:
    """Yields the sets that are combined to get an atom of fewer than k, or two atoms together, by the projection onto
    the whole row space."""
    atoms: dict[tuple[bool, ...], int] = {}
    for organization in frozenset().union(*sets):
        membership = tuple(organization in members for members in sets)
        atoms[membership] = atoms.get(membership, 0) + 1
    ordered = sorted(atoms)
    matrix = np.array(ordered, dtype=float).T
    _, singular, rows = np.linalg.svd(matrix, full_matrices=False)
    basis = rows[singular > CLOSE * singular.max()]
    certain: set[int] = set()
    for size in (1, 2):
        for group in combinations(range(len(ordered)), size):
            indicator = np.isin(np.arange(len(ordered)), group).astype(float)
            is_small = sum(atoms[ordered[place]] for place in group) < k
            if is_small and certain.isdisjoint(group) and np.sum((basis @ indicator) ** 2) > size - CLOSE:
                certain |= set(group) if size == 1 else set()
                weights = np.linalg.lstsq(matrix.T, indicator, rcond=None)[0]
                yield np.flatnonzero(np.abs(weights) > CLOSE).tolist()
