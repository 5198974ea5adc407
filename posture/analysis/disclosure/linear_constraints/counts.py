"""Counts of organisations, the rows that show them, and the sums between them."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from posture.analysis.answers.wave_data import Mask
from posture.analysis.estimates.cells import Exposure

Key = tuple[str, str, str, str]
Terms = tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Count:
    """The sum of `scores` over organisations of `base`; a score is between 0 and `top`, in a difference also below 0.

    is_sensitive  a count of no organisation, or of all with the score `top`, would reveal the answer of each of them
    is_base       the number of organisations of a base
    inner         of a base, the organisations that remain if a few must be hidden: one of both bases is always shown
    is_group      organisations that no row may show separately while they are fewer than the threshold: neither their
                  number nor their answers
    may_be_few    their number may be derived even if it is small
    is_silence    they left an item open, or too many items for a score
    is_unknown    they gave no substantive answer, such as "don't know", or have no evidence
    """

    name: str
    scores: np.ndarray
    base: Mask
    top: float = 1.0
    is_sensitive: bool = True
    is_difference: bool = False
    is_base: bool = False
    is_group: bool = False
    may_be_few: bool = False
    is_silence: bool = False
    is_unknown: bool = False
    inner: int | None = None

    @property
    def is_membership(self) -> bool:
        """Whether it counts the organisations that gave a kind of answer, and not their answers."""
        return self.is_base or self.is_group


@dataclass(frozen=True)
class Derivation:
    """A count in a cohort that the audit derives from the numbers that are about to be published. cell: instead of a
    count, the kind and subject of a published cell from which fewer than k organisations can be derived."""

    name: str
    cohort: str
    cell: tuple[str, str] | None = None


@dataclass(frozen=True)
class RowCounts:
    """The relation of a row to counts: `count` over its base. `count` is None where the kind of the row reveals
    little enough, or where the row follows from other rows. The row is shown only where all of `needs` and
    `follows_from` are shown exactly, and those of `follows_from` by rows. `core` is the part that remains if the
    organisations of `left_out` are not counted in the base, None when there would be none. `offset`: the value of a
    score of 0 on the scale of the row."""

    count: int | None
    left_out: int | None = None
    core: int | None = None
    offset: float = 0.0
    sides: tuple[int, int] | None = None
    needs: tuple[int, ...] = ()
    follows_from: tuple[int, ...] = ()

    @property
    def required_counts(self) -> tuple[int, ...]:
        return (*self.needs, *self.follows_from)


@dataclass(frozen=True)
class Equation:
    """An equation: counts times coefficients add up to zero in every cohort. is_of_role: it only says that all items
    of a role have the same organisations, and all roles the organisations that take part."""

    terms: Terms
    is_of_role: bool = False


@dataclass
class Relations:
    """All counts of a release and the relations between them.

    bases: for each row the count of the organisations in its base. bands: for each row that is always shown as a
    band, the counts of which it is the share. within: for a sum the organisations whose scores it adds up.
    at_most_zero: counts times factors whose sum is never above zero. ends: the sum behind each row of a lowest or
    highest possible value, in the unit of the row, and the base that divides it.
    exposed: organisations about which the rows of a kind, subject and statistic reveal a number. It follows if these
    rows are published beside all others that share a sum with them, by the name of the sum."""

    counts: list[Count] = field(default_factory=list)
    equations: list[Equation] = field(default_factory=list)
    rows: dict[Key, RowCounts] = field(default_factory=dict)
    bases: dict[Key, int] = field(default_factory=dict)
    bands: dict[Key, tuple[int, int]] = field(default_factory=dict)
    within: dict[int, int] = field(default_factory=dict)
    at_most_zero: list[Terms] = field(default_factory=list)
    ends: dict[Key, tuple[Terms, int]] = field(default_factory=dict)
    exposed: dict[tuple[str, str, str], list[Exposure]] = field(default_factory=dict)
    _places: dict[str, int] = field(default_factory=dict)
    _known: set[Equation] = field(default_factory=set)

    def count(self, name: str, scores: np.ndarray, base: Mask, **options: Any) -> int:
        """The position of a count, which is added if it is new. A name has one count, for any number of rows that
        show it."""
        if name not in self._places:
            self._places[name] = len(self.counts)
            self.counts.append(Count(name, np.where(base, scores, 0.0), base, **options))
        return self._places[name]

    def base(self, name: str, members: Mask, *, inner: int | None = None) -> int:
        options = {"is_sensitive": False, "is_base": True, "inner": inner}
        return self.count(name, members.astype(float), members, **options)

    def published_base(self, key: Key) -> int:
        """The base that a row shows at least."""
        base = self.bases[key]
        inner = self.counts[base].inner
        return base if inner is None else inner

    def group(self, name: str, members: Mask, **options: bool) -> int:
        return self.count(name, members.astype(float), members, is_sensitive=False, is_group=True, **options)

    def holds(
        self,
        whole: int,
        parts: list[int],
        factors: list[float] | None = None,
        *,
        is_of_role: bool = False,
    ) -> None:
        terms = zip(parts, factors or [1.0] * len(parts), strict=True)
        equation = Equation(
            ((whole, -1.0), *((part, factor) for part, factor in terms if factor)), is_of_role
        )
        if parts != [whole] and equation not in self._known:
            self.equations.append(equation)
            self._known.add(equation)

    def add_row(self, key: Key, row_counts: RowCounts, base: int) -> None:
        self.rows[key], self.bases[key] = row_counts, base

    def expose(self, key: tuple[str, str, str], name: str, members: Mask, **options: bool) -> None:
        self.exposed.setdefault(key, []).append(Exposure(name, members, **options))

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def of(self, name: str) -> Count:
        return self.counts[self._places[name]]

    def place(self, name: str) -> int:
        """The position of a count by name. Raises KeyError for a count that no row, base or group has."""
        return self._places[name]

    def counts_of_row(self, key: Key) -> set[int]:
        """The counts that a row shows."""
        count = self.rows[key].count
        return {self.bases[key], self.published_base(key), *([] if count is None else [count])}

    def must_not_be_few(self) -> set[int]:
        """Groups, and bases of rows, that must not be below the threshold. Taking part in a role is no answer."""
        groups = {place for place, count in enumerate(self.counts) if count.is_group}
        bases = {*self.bases.values(), *(self.published_base(key) for key in self.bases)}
        return {place for place in groups | bases if not self.counts[place].may_be_few}
