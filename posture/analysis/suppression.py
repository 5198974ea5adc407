"""Which cells are withheld so that no number, and no difference of numbers, rests on fewer than k organisations.

1. A cell whose base is below k is withheld, an empty one too: hidden and empty must look alike.
2. What the cells of one dimension withhold together follows from the total, so it must be empty or at least k.
3. Two published cells about the same variable, one inside the other, must differ by nobody or by at least k.
4. The same for two published cells that have nobody in common, taken together, inside a third.
5. The same for what a total leaves when its published parts by one dimension are taken away.
6. And for every other combination of published cells that leaves a small group.
Withholding for one reason can break another rule, so the rules run until nothing changes.
Source   METHODS.md, "What is withheld".
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from posture.analysis.row_space import small_groups
from surveys.cohorts import ALL

LOWEST_K = 5
LARGEST_OF_ONE, LARGEST_OF_TWO = 0.25, 0.5


@dataclass(frozen=True)
class Protected:
    """A cell as the rules see it. `exposes`: variable -> the organisations its numbers are about, as bits.
    Of two cells that cannot stand together the one of lower priority is withheld, then the smaller."""

    series: int
    cohort: str
    dimension: str
    priority: int
    base: int
    exposes: tuple[tuple[str, int], ...]
    is_dominated: bool = False


def bits(members: np.ndarray) -> int:
    """A boolean array as one integer, one bit for each organisation."""
    return int.from_bytes(np.packbits(members).tobytes(), "big")


def is_dominated(weights: np.ndarray) -> bool:
    """One organisation carries more than a quarter of the weight, or two more than half."""
    ordered, whole = np.sort(weights)[::-1], weights.sum()
    return bool(whole and (ordered[0] > LARGEST_OF_ONE * whole or ordered[:2].sum() > LARGEST_OF_TWO * whole))


def withheld(cells: Sequence[Protected], *, k: int) -> set[int]:
    """Positions of the cells to withhold. Raises ValueError for k below 5."""
    if k < LOWEST_K:
        raise ValueError(f"k is at least {LOWEST_K}, not {k}")
    hidden = {
        position
        for position, cell in enumerate(cells)
        if cell.base < k or cell.is_dominated or _exposes_few(cell, k)
    }
    while True:
        before = len(hidden)
        hidden |= _complements(cells, hidden, k)
        hidden |= _nested(cells, hidden, k)
        hidden |= _sums(cells, hidden, k)
        hidden |= _rests(cells, hidden, k)
        if len(hidden) == before:
            hidden |= _combinations(cells, hidden, k)
        if len(hidden) == before:
            return hidden


def _exposes_few(cell: Protected, k: int) -> bool:
    return any(members.bit_count() < k for _, members in cell.exposes)


def _complements(cells: Sequence[Protected], hidden: set[int], k: int) -> set[int]:
    """Withhold the smallest further cell where total minus published leaves between 1 and k - 1 organisations."""
    return {rest.smallest for rest in _left_over(cells, hidden) if _is_small(rest.members, k)}


@dataclass(frozen=True)
class Rest:
    """What a total leaves of a variable beside its published parts by one dimension. smallest: the one of them that
    would be missed least."""

    variable: str
    members: int
    smallest: int


def _left_over(cells: Sequence[Protected], hidden: set[int]) -> Iterator[Rest]:
    totals = {
        cell.series: position
        for position, cell in enumerate(cells)
        if cell.dimension == ALL and position not in hidden
    }
    groups: dict[tuple[int, str], list[int]] = defaultdict(list)
    for position, cell in enumerate(cells):
        if cell.dimension != ALL and cell.series in totals and position not in hidden:
            groups[cell.series, cell.dimension].append(position)
    for (series, _), published in groups.items():
        for place, (variable, everybody) in enumerate(cells[totals[series]].exposes):
            parts = {position: cells[position].exposes[place][1] for position in published}
            rest = everybody & ~_union(parts.values())
            if rest:
                yield Rest(variable, rest, min(parts, key=lambda position: parts[position].bit_count()))


def _rests(cells: Sequence[Protected], hidden: set[int], k: int) -> set[int]:
    """A published cell inside what is left over, or the other way round, with fewer than k between them."""
    shown: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for position, cell in enumerate(cells):
        if position not in hidden:
            for variable, members in cell.exposes:
                shown[variable].append((position, members))
    found: set[int] = set()
    for rest in _left_over(cells, hidden):
        for position, members in shown[rest.variable]:
            apart = members ^ rest.members
            is_nested = not members & ~rest.members or not rest.members & ~members
            if is_nested and _is_small(apart, k):
                weaker = cells[position].priority < cells[rest.smallest].priority
                found.add(position if weaker else rest.smallest)
    return found


def _union(masks: Iterable[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union


Shown = list[tuple[int, int]]


def _by_variable(cells: Sequence[Protected], hidden: set[int]) -> list[Shown]:
    """For each variable the published cells about it: position and organisations."""
    found: dict[str, Shown] = defaultdict(list)
    for position, cell in enumerate(cells):
        if position not in hidden:
            for variable, members in cell.exposes:
                found[variable].append((position, members))
    return list(found.values())


def _nested(cells: Sequence[Protected], hidden: set[int], k: int) -> set[int]:
    found: set[int] = set()
    for shown in _by_variable(cells, hidden):
        distinct = sorted({members for _, members in shown}, key=int.bit_count)
        for place, inner in enumerate(distinct):
            for outer in distinct[place + 1 :]:
                if not inner & ~outer and _is_small(outer & ~inner, k):
                    found |= _weaker(cells, shown, inner, outer, found)
    return found


def _sums(cells: Sequence[Protected], hidden: set[int], k: int) -> set[int]:
    """The first trouble of each variable; the rules run again after it."""
    found: set[int] = set()
    for shown in _by_variable(cells, hidden):
        sides = _small_remainder({members: members.bit_count() for _, members in shown}, k)
        if sides is not None:
            found |= _weakest(cells, shown, sides)
    return found


def _small_remainder(sizes: dict[int, int], k: int) -> tuple[int, int, int] | None:
    """A cell, and two without a common organisation inside it that leave fewer than k of it."""
    for first, second in combinations(sizes, 2):
        if first & second:
            continue
        together = sizes[first] + sizes[second]
        for whole, size in sizes.items():
            if 0 < size - together < k and not (first | second) & ~whole:
                return first, second, whole
    return None


def _weakest(cells: Sequence[Protected], shown: Shown, sides: tuple[int, int, int]) -> set[int]:
    """All cells on the side of lowest priority, at equal priority the smallest."""
    positions = [{position for position, members in shown if members == side} for side in sides]
    strengths = [max(cells[position].priority for position in side) for side in positions]
    place = min(range(3), key=lambda side: (strengths[side], sides[side].bit_count()))
    return positions[place]


def _weaker(cells: Sequence[Protected], shown: Shown, inner: int, outer: int, found: set[int]) -> set[int]:
    """All cells on the weaker side: those of lower priority, and at equal priority the inner ones."""
    sides = [{position for position, members in shown if members == side} - found for side in (inner, outer)]
    if not all(sides):
        return set()
    strengths = [max(cells[position].priority for position in side) for side in sides]
    return sides[1] if strengths[1] < strengths[0] else sides[0]


def _combinations(cells: Sequence[Protected], hidden: set[int], k: int) -> set[int]:
    """The weakest cell of the first combination of each variable; the rules run again after it."""
    found: set[int] = set()
    for everything in _by_variable(cells, hidden):
        names = [cells[position].dimension for position, _ in everything]
        for dimensions in dimension_sets(names):
            shown = [one for one, name in zip(everything, names, strict=True) if name in dimensions]
            found |= _first_combination(cells, shown, k)
    return found


def dimension_sets(names: Iterable[str]) -> Iterator[set[str]]:
    """All dimensions together, and each by itself with the total: fewer cells tell fewer organisations apart, so a
    small group is in fewer pieces."""
    others = set(names) - {ALL}
    yield {ALL, *others}
    yield from ({ALL, other} for other in sorted(others) if len(others) > 1)


def _first_combination(cells: Sequence[Protected], shown: Shown, k: int) -> set[int]:
    distinct = list(dict.fromkeys(members for _, members in shown))
    width = max((members.bit_length() for members in distinct), default=0)
    group = next(small_groups([_mask(members, width) for members in distinct], k), None)
    if group is None:
        return set()
    sides = [distinct[place] for place in group.cells]
    positions = [{position for position, members in shown if members == side} for side in sides]
    return min(positions, key=lambda side: max((cells[one].priority, cells[one].base) for one in side))


def _mask(members: int, width: int) -> np.ndarray:
    size = -(-width // 8)
    return np.unpackbits(np.frombuffer(members.to_bytes(size, "big"), dtype=np.uint8)).astype(bool)


def _is_small(members: int, k: int) -> bool:
    return 0 < members.bit_count() < k
