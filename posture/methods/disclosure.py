"""Derives small groups that are sums of published cells, and answers that the cells force.

A cell is a set of organisations with a published count of yes, known exactly or within limits. The decision to
publish uses membership only, because a refusal that depends on answers would reveal them. The exception are extremes,
which are capped.
Source   Denning, Denning and Schwartz (1979) on trackers; Kenthapadi, Mishra and Nissim (2005) on denials.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import combinations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from posture.methods.possible import possible_counts

EXTREME_WITHIN = 2
Group = tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """A published cell. counts: the counts of yes that agree with the published number. is_capped: shown as "at most"
    or "at least"."""

    label: str
    members: frozenset[str]
    counts: tuple[int, ...]
    is_capped: bool = False

    @property
    def is_uniform(self) -> bool:
        return self.counts in ((0,), (len(self.members),))

    @property
    def is_extreme(self) -> bool:
        """Whether the count is within two of none or all, and is shown exactly."""
        return not self.is_capped and (
            max(self.counts) <= EXTREME_WITHIN or min(self.counts) >= len(self.members) - EXTREME_WITHIN
        )


def counts_of_percent(percent: Decimal, base: int, *, rounded_to: int | None = None) -> tuple[int, ...]:
    """The counts of yes that agree with a printed percent; `rounded_to` 5 for percents in steps of five."""
    if rounded_to is None:
        return tuple(possible_counts(percent, base))
    half = Decimal(rounded_to) / 2
    low, high = (percent - half) * base / 100, (percent + half) * base / 100
    return tuple(count for count in range(base + 1) if low <= count <= high)


@dataclass(frozen=True)
class DisclosureAudit:
    """The result of an audit. small: cells below k. by_membership: groups below k whose sum follows from the cells
    for any answers. derivable: those of them whose count the published figures reveal. revealed: organisations whose
    answer is certain. uniform: cells in which all organisations gave the same answer."""

    small: list[str]
    by_membership: list[Group]
    derivable: list[Group]
    revealed: list[str]
    uniform: list[str]
    has_extremes: bool

    @property
    def is_safe(self) -> bool:
        return not (self.derivable or self.revealed or self.uniform)

    @property
    def may_be_published(self) -> bool:
        return not (self.small or self.by_membership or self.has_extremes)


def audit_cells(cells: Sequence[Cell], *, k: int, known: Mapping[str, int] | None = None) -> DisclosureAudit:
    """Audits the cells. `known`: answers that the reader already knows, such as the reader's own."""
    atoms = _Atoms(cells, known or {})
    groups = list(atoms.small_sums(k))
    return DisclosureAudit(
        small=[cell.label for cell in cells if len(cell.members) < k],
        by_membership=[atoms.group_names(group) for group in groups],
        derivable=[atoms.group_names(group) for group in groups if atoms.is_certain(group)],
        revealed=atoms.revealed_names(),
        uniform=[cell.label for cell in cells if cell.is_uniform],
        has_extremes=any(cell.is_extreme for cell in cells),
    )


class _Atoms:
    """The atoms of the cells. Organisations that are in the same cells are one atom: no figure distinguishes them."""

    def __init__(self, cells: Sequence[Cell], known: Mapping[str, int]) -> None:
        self.cells, self.known = cells, known
        patterns: dict[tuple[object, ...], list[str]] = {}
        for name in sorted(set().union(*(cell.members for cell in cells))):
            pattern = (*(name in cell.members for cell in cells), known.get(name))
            patterns.setdefault(pattern, []).append(name)
        self.atoms = list(patterns.values())
        self.sizes = [len(atom) for atom in self.atoms]
        self.matrix = np.array([[float(pattern[row]) for pattern in patterns] for row in range(len(cells))])  # type: ignore[arg-type]
        self.answers = [pattern[-1] for pattern in patterns]

    @cached_property
    def null_space(self) -> np.ndarray:
        """The vectors that every cell maps to zero."""
        _, singular, rows = np.linalg.svd(self.matrix)
        rank = int((singular > 1e-9).sum())
        return np.asarray(rows[rank:])

    def small_sums(self, k: int) -> Iterator[Collection[int]]:
        """Unions of atoms of fewer than k organisations that are a combination of cells."""
        small = [position for position, size in enumerate(self.sizes) if size < k]
        for count in range(1, k):
            for group in combinations(small, count):
                if sum(self.sizes[position] for position in group) < k and self._is_combination(group):
                    yield group

    def _is_combination(self, group: Collection[int]) -> bool:
        indicator = np.zeros(len(self.atoms))
        indicator[list(group)] = 1
        return bool(np.abs(self.null_space @ indicator).max(initial=0.0) < 1e-9)

    def group_names(self, group: Collection[int]) -> Group:
        return tuple(sorted(name for position in group for name in self.atoms[position]))

    def is_certain(self, group: Collection[int]) -> bool:
        low, high = self._range(group)
        return low == high

    def revealed_names(self) -> list[str]:
        names = []
        for position, atom in enumerate(self.atoms):
            if self.answers[position] is None:
                low, high = self._range([position])
                if high == 0 or low == len(atom):
                    names += atom
        return sorted(names)

    def _range(self, group: Collection[int]) -> tuple[int, int]:
        """The lowest and highest number of yes in the group that agree with all published and known numbers."""
        objective = np.zeros(len(self.atoms))
        objective[list(group)] = 1
        limits = LinearConstraint(
            self.matrix,
            [min(cell.counts) for cell in self.cells],
            [max(cell.counts) for cell in self.cells],
        )
        fixed = [(0, size) if answer is None else (answer * size, answer * size)  # type: ignore[operator]
                 for size, answer in zip(self.sizes, self.answers, strict=True)]  # fmt: skip
        bounds = Bounds([low for low, _ in fixed], [high for _, high in fixed])
        ends = []
        for sign in (1, -1):
            solution = milp(
                sign * objective, constraints=limits, bounds=bounds, integrality=np.ones(len(self.atoms))
            )
            if solution.x is None:
                raise ValueError("the published figures contradict each other")
            ends.append(round(sign * solution.fun))
        return math.floor(ends[0]), math.ceil(ends[1])
