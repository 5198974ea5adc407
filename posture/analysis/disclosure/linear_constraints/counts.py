"""Counts of organisations, the rows that show them, and the sums that hold between them."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from posture.analysis.answers.wave_data import Mask
from posture.analysis.estimates.cells import Exposure

Key = tuple[str, str, str, str]
Terms = tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Count:
    """The sum of `scores` over organisations of `base`; a score lies between 0 and `top`, in a difference below 0 too.

    is_sensitive  that nobody scores, or that everybody scores `top`, would say something about each of them
    is_base       the organisations of a base, counted
    inner         of a base, those who are left when few of it may not be told of: one of both is always told
    is_group      organisations that no row may tell of alone while they are fewer than the threshold: neither how many
                  they are nor what they answered
    may_be_few    how many they are may follow all the same
    is_silence    they left an item open, or too many items for a score
    is_unknown    they answered without substance, such as "don't know", or have no evidence
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
        """How many organisations there are of a kind of answer, and not what they answered."""
        return self.is_base or self.is_group


@dataclass(frozen=True)
class Followed:
    """A count in a cohort that the audit found to follow from everything that was about to be published. cell: instead
    of a count, the kind and subject of a published cell from which fewer than k organisations follow."""

    name: str
    cohort: str
    cell: tuple[str, str] | None = None


@dataclass(frozen=True)
class Shown:
    """How a row follows from counts: `count` over its base; None where its own kind already says little enough, or
    where it follows from other rows. It is told only where all of `needs` and `follows_from` are told exactly, and of
    the latter by rows. `core` of it remain when those of `left_out` are not
    counted in the base, None when nobody would. `offset`: what a score of 0 means on the scale of the row."""

    count: int | None
    left_out: int | None = None
    core: int | None = None
    offset: float = 0.0
    sides: tuple[int, int] | None = None
    needs: tuple[int, ...] = ()
    follows_from: tuple[int, ...] = ()

    @property
    def exact_beside(self) -> tuple[int, ...]:
        return (*self.needs, *self.follows_from)


@dataclass(frozen=True)
class Line:
    """Counts times coefficients add up to nothing, in every cohort. is_of_role: it only says that all items of a role
    are for the same organisations, and all roles for those that take part."""

    terms: Terms
    is_of_role: bool = False


@dataclass
class Relations:
    """bases: for each row the count of the organisations in its base. bands: for each row that is always told as a
    band the counts of which it is the share. within: for a sum the organisations whose scores it adds up.
    at_most_nothing: counts times factors that never add up to more. ends: for each row of a lowest or highest possible
    value the sum that it is, in the unit of the row, and the base that divides it.
    exposed: for the rows of a kind, subject and statistic, the organisations of whom something follows once these rows
    stand beside all others that share a sum with them, by the name of the sum."""

    counts: list[Count] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    rows: dict[Key, Shown] = field(default_factory=dict)
    bases: dict[Key, int] = field(default_factory=dict)
    bands: dict[Key, tuple[int, int]] = field(default_factory=dict)
    within: dict[int, int] = field(default_factory=dict)
    at_most_nothing: list[Terms] = field(default_factory=list)
    ends: dict[Key, tuple[Terms, int]] = field(default_factory=dict)
    exposed: dict[tuple[str, str, str], list[Exposure]] = field(default_factory=dict)
    _places: dict[str, int] = field(default_factory=dict)
    _known: set[Line] = field(default_factory=set)

    def count(self, name: str, scores: np.ndarray, base: Mask, **options: Any) -> int:
        """The place of a count. What has one name is one count, however many rows show it."""
        if name not in self._places:
            self._places[name] = len(self.counts)
            self.counts.append(Count(name, np.where(base, scores, 0.0), base, **options))
        return self._places[name]

    def base(self, name: str, members: Mask, *, inner: int | None = None) -> int:
        options = {"is_sensitive": False, "is_base": True, "inner": inner}
        return self.count(name, members.astype(float), members, **options)

    def told_base(self, key: Key) -> int:
        """The base that a row tells at least."""
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
        line = Line(((whole, -1.0), *((part, factor) for part, factor in terms if factor)), is_of_role)
        if parts != [whole] and line not in self._known:
            self.lines.append(line)
            self._known.add(line)

    def show(self, key: Key, shown: Shown, base: int) -> None:
        self.rows[key], self.bases[key] = shown, base

    def expose(self, key: tuple[str, str, str], name: str, members: Mask, **options: bool) -> None:
        self.exposed.setdefault(key, []).append(Exposure(name, members, **options))

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def of(self, name: str) -> Count:
        return self.counts[self._places[name]]

    def place(self, name: str) -> int:
        """Raises KeyError for a count that no row, base or group has."""
        return self._places[name]

    def told_by(self, key: Key) -> set[int]:
        """The counts that a row tells."""
        count = self.rows[key].count
        return {self.bases[key], self.told_base(key), *([] if count is None else [count])}

    def must_not_be_few(self) -> set[int]:
        """Groups, and bases of rows. Who takes part in which role is no answer."""
        groups = {place for place, count in enumerate(self.counts) if count.is_group}
        bases = {*self.bases.values(), *(self.told_base(key) for key in self.bases)}
        return {place for place in groups | bases if not self.counts[place].may_be_few}
