"""The rules of suppression in the plainest form, on sets of organisations and without optimisation. `withheld` must
give the same result."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from posture.analysis.disclosure.suppression import Protected, dimension_sets
from surveys.instrument.cohorts import ALL

CLOSE = 1e-7
Members = frozenset[int]
Shown = list[tuple[int, Members]]


def withheld_plainly(cells: Sequence[Protected], *, k: int) -> set[int]:
    """Returns the withheld cells. Each bit of a cell is one organisation."""
    members = [[(variable, organizations(bits)) for variable, bits in cell.exposes] for cell in cells]
    hidden = {
        position
        for position, cell in enumerate(cells)
        if cell.base < k or cell.is_dominated or any(len(one) < k for _, one in members[position])
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


def by_variable(members: Exposed, hidden: Iterable[int]) -> Mapping[str, Shown]:
    found: dict[str, Shown] = {}
    for position, exposed in enumerate(members):
        for variable, one in exposed if position not in hidden else ():
            found.setdefault(variable, []).append((position, one))
    return found


def priority(cells: Sequence[Protected], positions: Iterable[int]) -> int:
    return max(cells[position].priority for position in positions)


def positions_of(shown: Shown, side: Members) -> set[int]:
    return {position for position, one in shown if one == side}


def nested(cells: Sequence[Protected], members: Exposed, hidden: set[int], k: int) -> set[int]:
    found: set[int] = set()
    for shown in by_variable(members, hidden).values():
        distinct = sorted(dict.fromkeys(one for _, one in shown), key=len)
        for inner, outer in combinations(distinct, 2):
            if inner < outer and len(outer - inner) < k:
                sides = [positions_of(shown, side) - found for side in (inner, outer)]
                if all(sides):
                    found |= sides[1] if priority(cells, sides[1]) < priority(cells, sides[0]) else sides[0]
    return found


def sums(cells: Sequence[Protected], members: Exposed, hidden: set[int], k: int) -> set[int]:
    found: set[int] = set()
    for shown in by_variable(members, hidden).values():
        distinct = list(dict.fromkeys(one for _, one in shown))
        troubles = (
            (first, second, whole)
            for first, second in combinations(distinct, 2)
            for whole in distinct
            if not first & second and first | second < whole and len(whole - first - second) < k
        )
        sides = next(troubles, ())
        if sides:
            weakest = min(sides, key=lambda side: (priority(cells, positions_of(shown, side)), len(side)))
            found |= positions_of(shown, weakest)
    return found


def rests(cells: Sequence[Protected], members: Exposed, hidden: set[int], k: int) -> set[int]:
    found = set()
    shown = by_variable(members, hidden)
    for variable, rest, smallest in left_over(cells, members, hidden):
        for position, one in shown[variable]:
            if (one <= rest or rest <= one) and 0 < len(one ^ rest) < k:
                found.add(position if cells[position].priority < cells[smallest].priority else smallest)
    return found


def combined(cells: Sequence[Protected], members: Exposed, hidden: set[int], k: int) -> set[int]:
    found: set[int] = set()
    for shown in by_variable(members, hidden).values():
        for dimensions in dimension_sets(cells[position].dimension for position, _ in shown):
            here = [one for one in shown if cells[one[0]].dimension in dimensions]
            distinct = list(dict.fromkeys(one for _, one in here))
            used = next(small_combinations(distinct, k), [])
            sides = [positions_of(here, distinct[place]) for place in used]
            if sides:
                strength = {
                    id(side): max((cells[one].priority, cells[one].base) for one in side) for side in sides
                }
                found |= min(sides, key=lambda side: strength[id(side)])
    return found


def small_combinations(sets: Sequence[Members], k: int) -> Iterator[list[int]]:
    """Yields the sets that are combined to get an atom of fewer than k, or two atoms together, by the projection onto
    the whole row space."""
    atoms: dict[tuple[bool, ...], int] = {}
    for one in frozenset().union(*sets):
        membership = tuple(one in each for each in sets)
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
