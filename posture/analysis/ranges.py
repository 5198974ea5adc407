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
from enum import IntEnum

from posture.methods.disclosure import EXTREME_WITHIN

CLOSE = EXTREME_WITHIN + 1
SMALLEST_GUARDED = 5
SLACK = 1e-6
ROUNDS = 1000


class Told(IntEnum):
    """UNSEEN: not published; it follows from others or not at all."""

    EXACTLY = 0
    CAPPED = 1
    RANGED = 2
    WITHHELD = 3
    UNSEEN = 4


@dataclass
class Number:
    """The sum of scores of `base` organisations, each between 0 and `top`; in a difference also below 0.

    scoring, short  how many score anything, and how many less than `top`
    is_guarded      that it is close to nobody or everybody would say something about each of them
    low, high       what it may be, for whoever reads
    cost            of two numbers that may be told as a range the cheaper one is
    """

    value: float
    base: int
    top: float
    told: Told
    scoring: int
    short: int
    is_guarded: bool = True
    is_difference: bool = False
    is_of_all: bool = False
    cost: tuple[int, ...] = ()
    low: float = 0.0
    high: float = 0.0

    @property
    def is_low(self) -> bool:
        return self._is_close(self.scoring)

    @property
    def is_high(self) -> bool:
        return self._is_close(self.short) and self.base >= SMALLEST_GUARDED

    def _is_close(self, organizations: int) -> bool:
        """What nobody sees about a handful is guarded by the threshold on bases."""
        is_seen = self.told != Told.UNSEEN
        return self.is_guarded and organizations <= CLOSE and (is_seen or self.base >= SMALLEST_GUARDED)

    @property
    def margin(self) -> float:
        return min(CLOSE, self.base) * self.top

    @property
    def is_told_too_well(self) -> bool:
        """Three organisations more or less must be possible."""
        return (self.is_low and self.high < self.margin - SLACK) or (
            self.is_high and self.low > self.base * self.top - self.margin + SLACK
        )

    def start(self) -> None:
        """What the way of telling it says."""
        whole, margin = self.base * self.top, self.margin
        self.low, self.high = (-whole if self.is_difference else 0.0), whole
        if self.told == Told.EXACTLY:
            self.low = self.high = self.value
        elif self.told == Told.CAPPED:
            self.low, self.high = (0.0, margin) if self.is_low else (whole - margin, whole)
        elif self.told == Told.RANGED and self.is_guarded and self.top == 1:
            self.low, self.high = CLOSE + 1, max(CLOSE + 1, whole - (CLOSE + 1))


@dataclass(frozen=True)
class Sum:
    """Numbers times factors make `total`, which is known to whoever reads."""

    places: tuple[int, ...]
    factors: tuple[int, ...]
    total: float

    def leaves(self, place: int, numbers: Sequence[Number]) -> tuple[float, float]:
        """What the others leave for one of its numbers."""
        low = high = self.total
        own = 1
        for other, factor in zip(self.places, self.factors, strict=True):
            if other == place:
                own = factor
                continue
            one = numbers[other]
            low -= factor * (one.high if factor > 0 else one.low)
            high -= factor * (one.low if factor > 0 else one.high)
        return (low / own, high / own) if own > 0 else (high / own, low / own)


class Release:
    """All numbers that can follow from each other."""

    def __init__(self, numbers: list[Number], sums: list[Sum]) -> None:
        self.numbers, self.sums = numbers, sums
        self.sums_of: dict[int, list[Sum]] = defaultdict(list)
        for one in sums:
            for place in one.places:
                self.sums_of[place].append(one)

    def settle(self) -> None:
        """Decides how each number is told; numbers that come as EXACTLY may end as CAPPED, RANGED or WITHHELD.
        What still follows afterwards is left to the audit."""
        for number in self.numbers:
            if number.told == Told.EXACTLY and (number.is_low or number.is_high):
                number.told = Told.CAPPED
        for _ in range(ROUNDS):
            self.narrow()
            trouble = [place for place, number in enumerate(self.numbers) if number.is_told_too_well]
            sums = list(self._saying_too_much(trouble))
            if not any(
                relieve(sums) for relieve in (self._tell_more, self._tell_more_beside, self._withhold)
            ):
                return

    def narrow(self) -> None:
        """low and high of every number as far as one sum after another narrows them."""
        for number in self.numbers:
            number.start()
        waiting = {id(one): one for one in self.sums if self._is_open(one)}
        while waiting:
            _, one = waiting.popitem()
            for place in one.places:
                number = self.numbers[place]
                if number.told == Told.EXACTLY:
                    continue
                low, high = self._whole(number, one.leaves(place, self.numbers))
                if low > number.low + SLACK or high < number.high - SLACK:
                    number.low, number.high = max(low, number.low), min(high, number.high)
                    waiting |= {id(other): other for other in self.sums_of[place]}

    @staticmethod
    def _whole(number: Number, ends: tuple[float, float]) -> tuple[float, float]:
        """Organisations are counted whole."""
        if number.top != 1:
            return ends
        return math.ceil(ends[0] - SLACK), math.floor(ends[1] + SLACK)

    def _is_open(self, one: Sum) -> bool:
        return any(self.numbers[place].told != Told.EXACTLY for place in one.places)

    def _tell_more(self, sums: Iterable[Sum]) -> bool:
        """One number more of each sum as a range; False where none of them has an exact one left."""
        chosen: set[int] = set()
        for one in sums:
            others = [place for place in self._parts(one) if self.numbers[place].told == Told.EXACTLY]
            if others and chosen.isdisjoint(others):
                chosen.add(min(others, key=self._cost))
        for place in chosen:
            self.numbers[place].told = Told.RANGED
        return bool(chosen)

    def _tell_more_beside(self, sums: Iterable[Sum]) -> bool:
        """The same in the sums that pin down a number which is told as a range in one of these, to no avail."""
        return self._tell_more(
            other
            for one in sums
            for place in one.places
            if self.numbers[place].told in (Told.RANGED, Told.WITHHELD) and self._is_pinned(place)
            for other in self.sums_of[place]
            if other is not one and self._pins(other, place)
        )

    def _is_pinned(self, place: int) -> bool:
        number = self.numbers[place]
        return number.high - number.low < number.margin - SLACK

    def _pins(self, one: Sum, place: int) -> bool:
        low, high = one.leaves(place, self.numbers)
        return high - low < self.numbers[place].margin - SLACK

    def _withhold(self, sums: Iterable[Sum]) -> bool:
        """Everything published of these sums; of sums that meet, only one at a time."""
        withheld: set[int] = set()
        for one in sums:
            shown = [place for place in self._parts(one) if self.numbers[place].told != Told.WITHHELD]
            if shown and withheld.isdisjoint(one.places):
                withheld.update(shown)
        for place in withheld:
            self.numbers[place].told = Told.WITHHELD
        return bool(withheld)

    def _parts(self, one: Sum) -> list[int]:
        """Its published numbers; those of all organisations only where there are no others."""
        seen = [place for place in one.places if self.numbers[place].told != Told.UNSEEN]
        return [place for place in seen if not self.numbers[place].is_of_all] or seen

    def _saying_too_much(self, trouble: list[int]) -> Iterator[Sum]:
        for place in trouble:
            yield from (one for one in self.sums_of[place] if self._says_too_much(one, place))

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
