"""Decides how exactly published numbers may be shown. A count within three of none or of all organisations is shown
as a range. Further numbers that would reveal it are shown as ranges too, until a reader can derive only the range.

Three: readers know their own answer, may know that of one other organisation, and must not be able to derive the
rest. The ranges of the further numbers follow from the exact and the capped numbers, so they reveal nothing.
Source   METHODS.md, "What is withheld".
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice, product, tee

import numpy as np

from posture.analysis.disclosure.combinations import Combinations
from posture.analysis.disclosure.implied_ends import implied_ends
from posture.analysis.disclosure.narrowing import Narrowing
from posture.analysis.disclosure.parts import Part, column_of, parts_of
from posture.analysis.disclosure.sums_of_numbers import (
    CAPPED,
    EXACTLY,
    RANGED,
    SLACK,
    UNSEEN,
    WITHHELD,
    Number,
    Sum,
    Told,
    as_matrix,
)

ROUNDS = 1000


Settled = dict[tuple[bytes, ...], list[tuple[Told, float, float]]]


class Release:
    """All numbers that can follow from each other. open_ended: sums with a number that may have any size, which limit
    the others only between two bases. settled: earlier decisions for parts of the system that are unchanged."""

    def __init__(
        self,
        numbers: list[Number],
        sums: list[Sum],
        open_ended: Sequence[Sum] = (),
        settled: Settled | None = None,
    ) -> None:
        self.numbers, self.sums = numbers, sums
        self.settled: Settled = {} if settled is None else settled
        count = len(sums)
        self._all_sums = as_matrix([*sums, *open_ended], len(numbers))
        self._own_sums = self._all_sums.first(count)
        self._narrowing = Narrowing(numbers, sums, self._own_sums.matrix)
        self._costs: dict[int, tuple[object, ...]] = {}
        self._pinned: dict[int, dict[int, bool]] = {}
        self._published: dict[int, list[int]] = {}
        self._near: dict[int, set[int]] = {}
        self._parts, self._part_of = parts_of(numbers, self._own_sums)
        self._changed = set(range(len(self._parts)))
        self._nobody = np.zeros(len(numbers), dtype=bool)
        self.know_bases(np.ones(len(numbers), dtype=bool))

    def settle(self) -> None:
        """Decides how each number is shown; numbers that enter as EXACTLY may end as CAPPED, RANGED or WITHHELD. The
        audit finds the numbers that can still be derived."""
        for place, number in enumerate(self.numbers):
            is_open = number.told == EXACTLY and not (number.is_fixed or number.is_public)
            if is_open and (number.is_low or number.is_high):
                self._tell(place, CAPPED)
        while True:
            changed, self._changed = sorted(self._changed), set()
            for part in changed:
                self._settle_once(self._parts[part])
            if not self._relieve_combinations():
                return

    def _tell(self, place: int, how: Told) -> None:
        """Changes the decision about a number outside the settling of its part, so that the part is settled again."""
        self.numbers[place].told = how
        self._changed.add(self._part_of[place])
        self._costs.clear()

    def know_bases(self, are_told: np.ndarray) -> None:
        """Marks bases as known to all readers. A difference of zero between two bases cannot be shown as a range.
        are_told: for numbers that are bases, whether a row shows them."""
        values, most, is_signed, is_whole = self._scales
        is_fixed = np.fromiter(
            (one.is_fixed and one.told == EXACTLY for one in self.numbers), bool, len(values)
        )
        is_known = is_fixed & are_told & ~self._nobody
        low = np.where(is_known, values, np.where(is_signed, -most, 0.0))
        high = np.where(is_known, values, most)
        low, high = implied_ends(self._all_sums, low, high, is_whole)
        is_nobody = (np.abs(low) < SLACK) & (np.abs(high) < SLACK)
        for place in np.flatnonzero(is_nobody != self._nobody).tolist():
            if self._nobody[place] or not self.numbers[place].is_fixed:
                self._nobody[place] = self.numbers[place].is_fixed = is_nobody[place]
                self._changed.add(self._part_of[place])

    @cached_property
    def _scales(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Of each number its value and its highest value, whether it is a difference, and whether it is whole."""
        values, bases, tops, differences = (
            column_of(name, self.numbers) for name in ("value", "base", "top", "is_difference")
        )
        return values, bases * tops, differences > 0, tops == 1

    def relieve(self, places: Iterable[int]) -> None:
        """For each of these numbers, shows one more number of its sums less exactly. They can be derived in a way
        that the rules do not see."""
        for place in places:
            near = [part for part in self._beside(place) if self._is_published(part)]
            exact = [part for part in near if self.numbers[part].told == EXACTLY]
            vague = [part for part in near if self.numbers[part].told in (CAPPED, RANGED)]
            for parts, how in ((exact, RANGED), (vague, WITHHELD)):
                if parts:
                    self._tell(min(parts, key=self._cost), how)
                    break
        self.settle()

    def _settle_once(self, part: Part) -> None:
        for kept in (self._costs, self._pinned, self._published, self._near):
            kept.clear()
        numbers = [self.numbers[place] for place in part.places]
        before = part.state(numbers)
        if before in self.settled:
            for number, decided in zip(numbers, self.settled[before], strict=True):
                number.told, number.low, number.high = decided
            return
        self._settle(part.places)
        self.settled[before] = [(number.told, number.low, number.high) for number in numbers]

    def _settle(self, places: Sequence[int]) -> None:
        trouble: set[int] = set()
        self._narrowing.again(places)
        changed: Iterable[int] = places
        for _ in range(ROUNDS):
            for place in changed:
                (trouble.add if self.numbers[place].is_told_too_well else trouble.discard)(place)
            chosen = self._relieve(sorted(trouble))
            if not chosen:
                return
            changed = {*chosen, *self._narrowing.again(self._narrowing.depending_on(chosen))}
            self._forget_ends(changed)

    def _relieve_combinations(self) -> bool:
        """Does the same for numbers that can be derived only from several sums at once."""
        found = Combinations(self.numbers, self.sums, self._own_sums.matrix)
        touched: set[int] = set()
        changed = False
        for place in found.determined:
            behind = [other for other in found.behind(place) if self._is_published(other)]
            parts = [other for other in behind if not self.numbers[other].is_of_all] or behind
            if parts and touched.isdisjoint(behind):
                self._tell(min(parts, key=self._cost), RANGED)
                touched.update(behind)
                changed = True
        return changed

    def _relieve(self, trouble: Iterable[int]) -> list[int]:
        """For each number that is shown too exactly, shows one number of its sums less exactly. Returns the changed
        numbers. Numbers with a common sum are relieved one after the other, because the first may help the second."""
        touched: set[int] = set()
        found = []
        for place in trouble:
            if place in touched and self._may_become_range_beside(place):
                continue  # the chosen number shares a sum with `place`, which was touched
            chosen, how = self._behind(place)
            if chosen is None:
                continue
            near = self._open_beside(chosen)
            if not touched.isdisjoint(near):
                continue
            touched |= near
            self.numbers[chosen].told = how
            self._forget_costs(chosen)
            self._forget_ends([chosen])
            found.append(chosen)
        return found

    def _open_beside(self, place: int) -> set[int]:
        known = self._near.get(place)
        if known is None:
            known = {other for other in self._beside(place) if not self.numbers[other].is_fixed}
            self._near[place] = known
        return known

    def _beside(self, place: int) -> Iterable[int]:
        return self._narrowing.places_of(self._narrowing.sums_of(place))

    def _forget_ends(self, changed: Iterable[int]) -> None:
        for place in changed:
            for one in self._narrowing.sums_of(place):
                self._pinned.pop(one, None)

    def _forget_costs(self, changed: int) -> None:
        for place in self._beside(changed):
            self._costs.pop(place, None)

    def _behind(self, place: int) -> tuple[int | None, Told]:
        """The nearest number that `place` follows from, and how it is shown from now on. An exact number becomes a
        range before a range is withheld. Numbers of all organisations are changed only if there is no other choice,
        and never for a number that no row shows: whether that can be derived exactly depends on bases. If there is no
        near number, its own range has one value, and it is withheld itself."""
        nearest = self._may_become_range_beside(place)
        if nearest:
            return min(nearest, key=self._cost), RANGED
        levels: Iterator[dict[int, None]] = (
            dict.fromkeys(part for one in sums for part in self._published_in(one))
            for sums in self._sums_behind(place)
        )
        is_told = self.numbers[place].told != UNSEEN
        for is_of_all, how in product((False, True)[: 1 + is_told], (RANGED, WITHHELD)):
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
        return place if own.told in (CAPPED, RANGED) and own.is_pinned else None, WITHHELD

    def _may_become_range_beside(self, place: int) -> set[int]:
        """The exact numbers of some cohorts in the sums that leave `place` too little room."""
        numbers = self.numbers
        return {
            part
            for one in self._narrowing.sums_of(place)
            if self._pins(one, place)
            for part in self._published_in(one)
            if numbers[part].told == EXACTLY and not numbers[part].is_of_all
        }

    def _may_become(self, place: int, how: Told) -> bool:
        told = self.numbers[place].told
        return told == EXACTLY if how == RANGED else told != WITHHELD

    def _sums_behind(self, place: int) -> Iterator[list[int]]:
        """The sums that leave `place` too little room, then those that leave the numbers of these sums too little,
        and so on."""
        seen, near = {place}, [place]
        while near:
            sums = [
                one for number in near for one in self._narrowing.sums_of(number) if self._pins(one, number)
            ]
            yield sums
            near = [
                other
                for other in self._narrowing.places_of(sums)
                if other not in seen and self._is_narrow(other)
            ]
            seen.update(near)

    def _is_narrow(self, place: int) -> bool:
        number = self.numbers[place]
        return number.told != EXACTLY and number.high - number.low < number.margin - SLACK

    def _pins(self, one: int, place: int) -> bool:
        known = self._pinned.setdefault(one, {})
        if place not in known:
            low, high = self._narrowing.leaves(one, place)
            number = self.numbers[place]
            known[place] = high - low < number.margin - SLACK or _says_too_much(number, low, high)
        return known[place]

    def _is_published(self, place: int) -> bool:
        number = self.numbers[place]
        return number.told != UNSEEN and not (number.is_fixed or number.is_public)

    def _cost(self, place: int) -> tuple[object, ...]:
        """The cost of showing a number as a range. It is lower if another number of the same variable and cohort is a
        range."""
        known = self._costs.get(place)
        if known is None:
            told = (
                self.numbers[other].told
                for one in self._narrowing.sums_of(place)
                for other in self.sums[one].places
            )
            vague = (how for how in told if EXACTLY != how != UNSEEN)
            touched = sum(1 for _ in islice(vague, 3))
            known = self._costs[place] = -touched, self.numbers[place].cost, place
        return known

    def _published_in(self, one: int) -> list[int]:
        known = self._published.get(one)
        if known is None:
            known = [place for place in self.sums[one].places if self._is_published(place)]
            self._published[one] = known
        return known


def _says_too_much(number: Number, low: float, high: float) -> bool:
    """Whether these ends would show a number too exactly."""
    before = number.low, number.high
    number.low, number.high = number.whole(low, high)
    found = number.is_told_too_well
    number.low, number.high = before
    return found
