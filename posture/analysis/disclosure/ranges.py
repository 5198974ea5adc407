"""How exactly published numbers may be told. A count within three of nobody or of everybody is told as a range, and so
are as many of the numbers that it would follow from as it takes, until the range is all that anybody is left with.

Three: whoever reads knows their own answer, may know that of one organisation more, and must still not know the rest.
The ranges of the further numbers are what follows from the exact and the capped ones, so they give nothing away.
Source   METHODS.md, "What is withheld".
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product, tee

import numpy as np
from scipy.cluster.hierarchy import DisjointSet

from posture.analysis.disclosure.combinations import Combinations
from posture.analysis.disclosure.implied_ends import implied_ends
from posture.analysis.disclosure.sums_of_numbers import SLACK, Number, Sum, Told, as_matrix

ROUNDS = 1000


@dataclass(frozen=True)
class Part:
    """places: of its numbers. sums: of each the places among these numbers, the factors and the total."""

    places: list[int]
    sums: tuple[tuple[object, ...], ...]

    @classmethod
    def of(cls, places: list[int], sums: Iterable[Sum]) -> "Part":
        place_of = {place: number for number, place in enumerate(places)}
        named = ((tuple(place_of[place] for place in one.places), one.factors, one.total) for one in sums)
        return cls(places, tuple(named))


Settled = dict[tuple[object, ...], list[tuple[Told, float, float]]]


class Release:
    """All numbers that can follow from each other. open_ended: sums with a number that may be of any size, which limit
    the others only between two bases. settled: what was decided before for parts of the system that are the same."""

    def __init__(
        self,
        numbers: list[Number],
        sums: list[Sum],
        open_ended: Sequence[Sum] = (),
        settled: Settled | None = None,
    ) -> None:
        self.numbers, self.sums = numbers, sums
        self.settled: Settled = {} if settled is None else settled
        self.sums_of: dict[int, list[Sum]] = defaultdict(list)
        for one in sums:
            for place in one.places:
                self.sums_of[place].append(one)
        self._all_sums = [*sums, *open_ended]
        self._nobody = np.zeros(len(numbers), dtype=bool)
        self.know_bases(np.ones(len(numbers), dtype=bool))

    def settle(self) -> None:
        """Decides how each number is told; numbers that come as EXACTLY may end as CAPPED, RANGED or WITHHELD.
        What still follows afterwards is left to the audit."""
        for number in self.numbers:
            if number.told == Told.EXACTLY and not number.is_fixed and (number.is_low or number.is_high):
                number.told = Told.CAPPED
        while True:
            for part in self._parts:
                self._settle_once(part)
            if not self._relieve_combinations():
                return

    def know_bases(self, are_told: np.ndarray) -> None:
        """Bases are told to everybody. That nobody is left between two of them can't be told as a range. are_told: of
        numbers that are bases, whether a row tells them."""
        ends = [
            number.ends_beside_bases(is_told=bool(is_told))
            for number, is_told in zip(self.numbers, are_told & ~self._nobody, strict=True)
        ]
        low, high = (np.array(end, dtype=float) for end in zip(*ends, strict=True))
        is_whole = np.array([number.top == 1 for number in self.numbers])
        low, high = implied_ends(as_matrix(self._all_sums, len(self.numbers)), low, high, is_whole)
        is_nobody = (np.abs(low) < SLACK) & (np.abs(high) < SLACK)
        for place in np.flatnonzero(is_nobody != self._nobody):
            if self._nobody[place] or not self.numbers[place].is_fixed:
                self._nobody[place] = self.numbers[place].is_fixed = is_nobody[place]

    def relieve(self, places: Iterable[int]) -> None:
        """One number more of the sums of each of these, which follow in a way that the rules do not see."""
        for place in places:
            near = [part for one in self.sums_of[place] for part in one.places if self._is_published(part)]
            exact = [part for part in near if self.numbers[part].told == Told.EXACTLY]
            vague = [part for part in near if self.numbers[part].told in (Told.CAPPED, Told.RANGED)]
            for parts, how in ((exact, Told.RANGED), (vague, Told.WITHHELD)):
                if parts:
                    self.numbers[min(parts, key=self._cost)].told = how
                    break
        self.settle()

    def _settle_once(self, part: Part) -> None:
        numbers = [self.numbers[place] for place in part.places]
        before = part.sums, tuple(number.as_decided for number in numbers)
        if before not in self.settled:
            self._settle(part.places)
            self.settled[before] = [(number.told, number.low, number.high) for number in numbers]
        for number, decided in zip(numbers, self.settled[before], strict=True):
            number.told, number.low, number.high = decided

    def _settle(self, places: Sequence[int]) -> None:
        reached: Iterable[int] = places
        for _ in range(ROUNDS):
            self._narrow(reached)
            chosen = self._relieve([place for place in places if self.numbers[place].is_told_too_well])
            if not chosen:
                return
            reached = self._reached(chosen)

    def _reached(self, places: Iterable[int]) -> set[int]:
        """These numbers and those that a chain of sums connects with them through numbers that are not told exactly."""
        found, near = set(places), list(places)
        while near:
            for one in self.sums_of[near.pop()]:
                beside = [
                    place
                    for place in one.places
                    if place not in found and self.numbers[place].told != Told.EXACTLY
                ]
                found.update(beside)
                near += beside
        return found

    @cached_property
    def _parts(self) -> list[Part]:
        """Numbers that no chain of sums connects can be settled one part after the other."""
        parts = DisjointSet(range(len(self.numbers)))
        for one in self.sums:
            for place in one.places[1:]:
                parts.merge(one.places[0], place)
        sums: dict[int, list[Sum]] = defaultdict(list)
        for one in self.sums:
            sums[parts[one.places[0]]].append(one)
        return [Part.of(sorted(places), sums[parts[next(iter(places))]]) for places in parts.subsets()]

    def _relieve_combinations(self) -> bool:
        """The same for numbers that follow only from several sums at once."""
        found = Combinations(self.numbers, self.sums)
        touched: set[int] = set()
        changed = False
        for place in found.determined:
            behind = [other for other in found.behind(place) if self._is_published(other)]
            parts = [other for other in behind if not self.numbers[other].is_of_all] or behind
            if parts and touched.isdisjoint(behind):
                self.numbers[min(parts, key=self._cost)].told = Told.RANGED
                touched.update(behind)
                changed = True
        return changed

    def _narrow(self, places: Iterable[int]) -> None:
        """low and high of these numbers as far as one sum after another narrows them."""
        waiting: dict[int, Sum] = {}
        for place in places:
            number = self.numbers[place]
            number.start()
            if number.told != Told.EXACTLY:
                waiting.update((id(one), one) for one in self.sums_of[place])
        while waiting:
            _, one = waiting.popitem()
            for place, *ends in one.leaves_each(self.numbers):
                number = self.numbers[place]
                if number.told == Told.EXACTLY:
                    continue
                low, high = self._whole(number, (ends[0], ends[1]))
                if low > number.low + SLACK or high < number.high - SLACK:
                    number.low, number.high = max(low, number.low), min(high, number.high)
                    waiting.update((id(other), other) for other in self.sums_of[place])

    @staticmethod
    def _whole(number: Number, ends: tuple[float, float]) -> tuple[float, float]:
        """Organisations are counted whole. A sum with a number that has no end leaves none."""
        if number.top != 1:
            return ends
        low, high = ends
        return (
            math.ceil(low - SLACK) if math.isfinite(low) else low,
            math.floor(high + SLACK) if math.isfinite(high) else high,
        )

    def _relieve(self, trouble: Iterable[int]) -> list[int]:
        """For each number that is told too well, one number of the sums that it follows from is told less well; gives
        these. Numbers that have a sum in common are relieved one after the other, because the first may help the
        second."""
        touched: set[int] = set()
        found = []
        for place in trouble:
            chosen, how = self._behind(place)
            if chosen is None or not touched.isdisjoint(self._beside(chosen)):
                continue
            touched |= self._beside(chosen)
            self.numbers[chosen].told = how
            found.append(chosen)
        return found

    def _beside(self, place: int) -> set[int]:
        return {
            other for one in self.sums_of[place] for other in one.places if not self.numbers[other].is_fixed
        }

    def _behind(self, place: int) -> tuple[int | None, Told]:
        """The nearest number that `place` follows from, and how it is told from now on. An exact number becomes a range
        before a range is withheld. Numbers of all organisations are touched when nothing else is left, and never for a
        number that no row tells: that it does not follow exactly is a matter of bases. Where nothing is near, its own
        range has one value, and it is withheld itself."""
        levels: Iterator[list[int]] = (
            [part for one in sums for part in one.places if self._is_published(part)]
            for sums in self._sums_behind(place)
        )
        is_told = self.numbers[place].told != Told.UNSEEN
        for is_of_all, how in product((False, True)[: 1 + is_told], (Told.RANGED, Told.WITHHELD)):
            levels, these = tee(levels)
            for parts in these:
                found = [
                    part
                    for part in parts
                    if self._may_become(part, how) and self.numbers[part].is_of_all == is_of_all
                ]
                if found:
                    return min(found, key=self._cost), how
        own = self.numbers[place]
        return place if own.told in (Told.CAPPED, Told.RANGED) and own.is_pinned else None, Told.WITHHELD

    def _may_become(self, place: int, how: Told) -> bool:
        told = self.numbers[place].told
        return told == Told.EXACTLY if how == Told.RANGED else told != Told.WITHHELD

    def _sums_behind(self, place: int) -> Iterator[list[Sum]]:
        """The sums that leave `place` too little room, then those that leave the numbers of these too little, and so
        on."""
        seen, near = {place}, [place]
        while near:
            sums = [one for number in near for one in self.sums_of[number] if self._pins(one, number)]
            yield sums
            near = [other for other in dict.fromkeys(other for one in sums for other in one.places)
                    if other not in seen and self._is_narrow(other)]  # fmt: skip
            seen.update(near)

    def _is_narrow(self, place: int) -> bool:
        number = self.numbers[place]
        return number.told != Told.EXACTLY and number.high - number.low < number.margin - SLACK

    def _pins(self, one: Sum, place: int) -> bool:
        low, high = one.leaves(place, self.numbers)
        number = self.numbers[place]
        return high - low < number.margin - SLACK or self._says_too_much(one, place)

    def _is_published(self, place: int) -> bool:
        return self.numbers[place].told != Told.UNSEEN and not self.numbers[place].is_fixed

    def _says_too_much(self, one: Sum, place: int) -> bool:
        number = self.numbers[place]
        before = number.low, number.high
        number.low, number.high = self._whole(number, one.leaves(place, self.numbers))
        found = number.is_told_too_well
        number.low, number.high = before
        return found

    def _cost(self, place: int) -> tuple[object, ...]:
        """Where a number of the same variable and cohort is a range already, one more loses least."""
        number = self.numbers[place]
        touched = sum(
            self.numbers[other].told not in (Told.EXACTLY, Told.UNSEEN)
            for one in self.sums_of[place]
            for other in one.places
        )
        return (-min(touched, 3), number.cost, place)
