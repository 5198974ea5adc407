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
    EXACT,
    RANGED,
    SLACK,
    UNPUBLISHED,
    WITHHELD,
    Exactness,
    Number,
    Sum,
    as_matrix,
)

ROUNDS = 1000


Settled = dict[tuple[bytes, ...], list[tuple[Exactness, float, float]]]


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
        self._too_little_left: dict[int, dict[int, bool]] = {}
        self._published: dict[int, list[int]] = {}
        self._near: dict[int, set[int]] = {}
        self._parts, self._part_of = parts_of(numbers, self._own_sums)
        self._changed = set(range(len(self._parts)))
        self._nobody = np.zeros(len(numbers), dtype=bool)
        self.know_bases(np.ones(len(numbers), dtype=bool))

    def settle(self) -> None:
        """Decides how each number is shown; numbers that enter as EXACT may end as CAPPED, RANGED or WITHHELD. The
        audit finds the numbers that can still be derived."""
        for place, number in enumerate(self.numbers):
            is_open = number.exactness == EXACT and not (number.is_fixed or number.is_public)
            if is_open and (number.is_low or number.is_high):
                self._set_exactness(place, CAPPED)
        while True:
            changed, self._changed = sorted(self._changed), set()
            for part in changed:
                self._settle_once(self._parts[part])
            if not self._protect_from_combinations():
                return

    def _set_exactness(self, place: int, exactness: Exactness) -> None:
        """Changes the decision about a number outside the settling of its part, so that the part is settled again."""
        self.numbers[place].exactness = exactness
        self._changed.add(self._part_of[place])
        self._costs.clear()

    def know_bases(self, are_published: np.ndarray) -> None:
        """Marks bases as known to all readers. A difference of zero between two bases cannot be shown as a range.
        are_published: for numbers that are bases, whether a row shows them."""
        values, most, is_signed, is_whole = self._scales
        is_fixed = np.fromiter(
            (number.is_fixed and number.exactness == EXACT for number in self.numbers), bool, len(values)
        )
        is_known = is_fixed & are_published & ~self._nobody
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

    def protect(self, places: Iterable[int]) -> None:
        """For each of these numbers, shows one more number of its sums less exactly. They can be derived in a way
        that the rules do not see."""
        for place in places:
            published_beside = [part for part in self._beside(place) if self._is_published(part)]
            exact = [part for part in published_beside if self.numbers[part].exactness == EXACT]
            inexact = [part for part in published_beside if self.numbers[part].exactness in (CAPPED, RANGED)]
            for candidates, exactness in ((exact, RANGED), (inexact, WITHHELD)):
                if candidates:
                    self._set_exactness(min(candidates, key=self._cost), exactness)
                    break
        self.settle()

    def _settle_once(self, part: Part) -> None:
        for cache in (self._costs, self._too_little_left, self._published, self._near):
            cache.clear()
        numbers = [self.numbers[place] for place in part.places]
        before = part.state(numbers)
        if before in self.settled:
            for number, decided in zip(numbers, self.settled[before], strict=True):
                number.exactness, number.low, number.high = decided
            return
        self._settle(part.places)
        self.settled[before] = [(number.exactness, number.low, number.high) for number in numbers]

    def _settle(self, places: Sequence[int]) -> None:
        too_narrow: set[int] = set()
        self._narrowing.again(places)
        changed: Iterable[int] = places
        for _ in range(ROUNDS):
            for place in changed:
                (too_narrow.add if self.numbers[place].is_too_narrow else too_narrow.discard)(place)
            chosen = self._protect(sorted(too_narrow))
            if not chosen:
                return
            changed = {*chosen, *self._narrowing.again(self._narrowing.depending_on(chosen))}
            self._forget_ends(changed)

    def _protect_from_combinations(self) -> bool:
        """Does the same for numbers that can be derived only from several sums at once."""
        combinations = Combinations(self.numbers, self.sums, self._own_sums.matrix)
        touched: set[int] = set()
        changed = False
        for place in combinations.determined:
            sources = [other for other in combinations.behind(place) if self._is_published(other)]
            parts = [other for other in sources if not self.numbers[other].is_of_all] or sources
            if parts and touched.isdisjoint(sources):
                self._set_exactness(min(parts, key=self._cost), RANGED)
                touched.update(sources)
                changed = True
        return changed

    def _protect(self, too_narrow: Iterable[int]) -> list[int]:
        """For each number that is shown too exactly, shows one number of its sums less exactly. Returns the changed
        numbers. Numbers with a common sum are protected one after the other, because the first may help the second."""
        touched: set[int] = set()
        changed = []
        for place in too_narrow:
            if place in touched and self._may_become_range_beside(place):
                continue  # the chosen number shares a sum with `place`, which was touched
            chosen, exactness = self._behind(place)
            if chosen is None:
                continue
            open_numbers = self._open_beside(chosen)
            if not touched.isdisjoint(open_numbers):
                continue
            touched |= open_numbers
            self.numbers[chosen].exactness = exactness
            self._forget_costs(chosen)
            self._forget_ends([chosen])
            changed.append(chosen)
        return changed

    def _open_beside(self, place: int) -> set[int]:
        open_numbers = self._near.get(place)
        if open_numbers is None:
            open_numbers = {other for other in self._beside(place) if not self.numbers[other].is_fixed}
            self._near[place] = open_numbers
        return open_numbers

    def _beside(self, place: int) -> Iterable[int]:
        return self._narrowing.places_of(self._narrowing.sums_of(place))

    def _forget_ends(self, changed: Iterable[int]) -> None:
        for place in changed:
            for row in self._narrowing.sums_of(place):
                self._too_little_left.pop(row, None)

    def _forget_costs(self, changed: int) -> None:
        for place in self._beside(changed):
            self._costs.pop(place, None)

    def _behind(self, place: int) -> tuple[int | None, Exactness]:
        """The nearest number that `place` follows from, and how it is shown from now on. An exact number becomes a
        range before a range is withheld. Numbers of all organisations are changed only if there is no other choice,
        and never for a number that no row shows: whether that can be derived exactly depends on bases. If there is no
        near number, its own range has one value, and it is withheld itself."""
        nearest = self._may_become_range_beside(place)
        if nearest:
            return min(nearest, key=self._cost), RANGED
        levels: Iterator[dict[int, None]] = (
            dict.fromkeys(part for row in sums for part in self._published_in(row))
            for sums in self._sums_behind(place)
        )
        is_published = self.numbers[place].exactness != UNPUBLISHED
        for is_of_all, exactness in product((False, True)[: 1 + is_published], (RANGED, WITHHELD)):
            levels, same_levels = tee(levels)
            for parts in same_levels:
                candidates = [
                    part
                    for part in parts
                    if self._may_become(part, exactness) and self.numbers[part].is_of_all == is_of_all
                ]
                if candidates:
                    return min(candidates, key=self._cost), exactness
        number = self.numbers[place]
        return place if number.exactness in (CAPPED, RANGED) and number.is_determined else None, WITHHELD

    def _may_become_range_beside(self, place: int) -> set[int]:
        """The exact numbers of some cohorts in the sums that leave `place` too little room."""
        numbers = self.numbers
        return {
            part
            for row in self._narrowing.sums_of(place)
            if self._leaves_too_little(row, place)
            for part in self._published_in(row)
            if numbers[part].exactness == EXACT and not numbers[part].is_of_all
        }

    def _may_become(self, place: int, exactness: Exactness) -> bool:
        current = self.numbers[place].exactness
        return current == EXACT if exactness == RANGED else current != WITHHELD

    def _sums_behind(self, place: int) -> Iterator[list[int]]:
        """The sums that leave `place` too little room, then those that leave the numbers of these sums too little,
        and so on."""
        reached, places = {place}, [place]
        while places:
            sums = [
                row
                for place_of_level in places
                for row in self._narrowing.sums_of(place_of_level)
                if self._leaves_too_little(row, place_of_level)
            ]
            yield sums
            places = [
                other
                for other in self._narrowing.places_of(sums)
                if other not in reached and self._is_narrow(other)
            ]
            reached.update(places)

    def _is_narrow(self, place: int) -> bool:
        number = self.numbers[place]
        return number.exactness != EXACT and number.high - number.low < number.margin - SLACK

    def _leaves_too_little(self, row: int, place: int) -> bool:
        too_little_left = self._too_little_left.setdefault(row, {})
        if place not in too_little_left:
            low, high = self._narrowing.leaves(row, place)
            number = self.numbers[place]
            too_little_left[place] = high - low < number.margin - SLACK or _would_be_too_narrow(
                number, low, high
            )
        return too_little_left[place]

    def _is_published(self, place: int) -> bool:
        number = self.numbers[place]
        return number.exactness != UNPUBLISHED and not (number.is_fixed or number.is_public)

    def _cost(self, place: int) -> tuple[object, ...]:
        """The cost of showing a number as a range. It is lower if another number of the same variable and cohort is a
        range."""
        cost = self._costs.get(place)
        if cost is None:
            exactness_beside = (
                self.numbers[other].exactness
                for row in self._narrowing.sums_of(place)
                for other in self.sums[row].places
            )
            inexact = (exactness for exactness in exactness_beside if EXACT != exactness != UNPUBLISHED)
            touched = sum(1 for _ in islice(inexact, 3))
            cost = self._costs[place] = -touched, self.numbers[place].cost, place
        return cost

    def _published_in(self, row: int) -> list[int]:
        published = self._published.get(row)
        if published is None:
            published = [place for place in self.sums[row].places if self._is_published(place)]
            self._published[row] = published
        return published


def _would_be_too_narrow(number: Number, low: float, high: float) -> bool:
    """Whether these ends would show a number too exactly."""
    before = number.low, number.high
    number.low, number.high = number.whole(low, high)
    is_too_narrow = number.is_too_narrow
    number.low, number.high = before
    return is_too_narrow
