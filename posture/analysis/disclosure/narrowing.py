"""Narrows the ends of numbers by their sums until no sum narrows any further.

Of numbers that become wider, only the ends that depend on them are computed again. The order of the sums does not
change the ends that remain.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from scipy import sparse

from posture.analysis.disclosure.sums_of_numbers import EXACT, SLACK, Number, Sum

Term = tuple[int, Number, float]


class Narrowing:
    """The ends of numbers, and the sums that narrowed them. matrix: the factors of the sums, sparse[sums, numbers]."""

    def __init__(self, numbers: Sequence[Number], sums: Sequence[Sum], matrix: sparse.csr_matrix) -> None:
        self.numbers, self.sums = numbers, sums
        columns = matrix.tocsc()
        columns.sort_indices()
        self._starts, self._sums = columns.indptr.tolist(), columns.indices.tolist()
        self._terms: dict[int, list[Term]] = {}
        self._whole: dict[int, bool] = {}
        self._narrowed_by: dict[int, set[int]] = defaultdict(set)
        self._narrows: dict[int, set[int]] = defaultdict(set)
        self._before: dict[int, tuple[float, float]] = {}

    def sums_of(self, place: int) -> list[int]:
        """The positions of the sums that contain the number, ascending. They are rows of `matrix`."""
        return self._sums[self._starts[place] : self._starts[place + 1]]

    def places_of(self, sums: Iterable[int]) -> dict[int, None]:
        """The positions of all numbers of the sums, each once, in the order of the sums."""
        return dict.fromkeys(place for row in sums for place in self.sums[row].places)

    def again(self, places: Iterable[int]) -> list[int]:
        """Computes the ends of these numbers again. Returns the positions of the numbers whose ends changed."""
        self._before = {}
        waiting: dict[int, None] = {}
        for place in places:
            number = self.numbers[place]
            self._before[place] = number.low, number.high
            number.start()
            for row in self._narrowed_by.pop(place, ()):
                self._narrows[row].discard(place)
            if number.exactness != EXACT:
                waiting.update(dict.fromkeys(self.sums_of(place)))
        while waiting:
            row, _ = waiting.popitem()
            narrower = self._narrow(row)
            for place in narrower:
                self._narrowed_by[place].add(row)
                self._narrows[row].add(place)
                waiting.update(dict.fromkeys(self.sums_of(place)))
            if narrower and self._is_whole(row):
                # It cannot narrow them again: only the widest number can become narrower at both ends, and then it is
                # as wide as all others together.
                waiting.pop(row, None)
        return [
            place
            for place, ends in self._before.items()
            if ends != (self.numbers[place].low, self.numbers[place].high)
        ]

    def depending_on(self, places: Iterable[int]) -> set[int]:
        """These numbers and those whose ends depend on them, by one sum or a chain of sums. The ends of all other
        numbers do not change when these become wider."""
        dependent, waiting = set(places), list(places)
        while waiting:
            for row in self.sums_of(waiting.pop()):
                narrowed = self._narrows.get(row)
                if narrowed:
                    narrowed_beside = [
                        place
                        for place in self.sums[row].places
                        if place in narrowed and place not in dependent
                    ]
                    dependent.update(narrowed_beside)
                    waiting += narrowed_beside
        return dependent

    def leaves(self, row: int, place: int) -> tuple[float, float]:
        """The ends that the other numbers of a sum leave for a number."""
        low = high = self.sums[row].total
        own_factor = 1.0
        for other, number, factor in self._terms_of(row):
            if other == place:
                own_factor = factor
            elif factor > 0:
                low -= factor * number.high
                high -= factor * number.low
            else:
                low -= factor * number.low
                high -= factor * number.high
        return (
            (low / own_factor, high / own_factor) if own_factor > 0 else (high / own_factor, low / own_factor)
        )

    def _terms_of(self, row: int) -> list[Term]:
        terms = self._terms.get(row)
        if terms is None:
            places, factors = self.sums[row].places, self.sums[row].factors
            terms = [
                (place, self.numbers[place], factor) for place, factor in zip(places, factors, strict=True)
            ]
            self._terms[row] = terms
        return terms

    def _is_whole(self, row: int) -> bool:
        """Whether all numbers of a sum are whole, and each is added or subtracted once."""
        is_whole = self._whole.get(row)
        if is_whole is None:
            terms = self._terms_of(row)
            is_whole = all(number.top == 1 and abs(factor) == 1 for _, number, factor in terms)
            is_whole = self._whole[row] = is_whole and len({place for place, *_ in terms}) == len(terms)
        return is_whole

    def _narrow(self, row: int) -> list[int]:
        """Narrows the ends of each number of a sum in turn to those that the others leave. Returns the positions of
        the numbers that became narrower."""
        terms, total = self._terms_of(row), self.sums[row].total
        below, above, widest = _room(terms, total)
        if widest <= below and widest <= above and math.isfinite(widest):
            return []
        if self._is_whole(row) and math.isfinite(widest):
            return self._narrow_whole(terms, below, above)
        narrowed, later_ends = [], []
        low = high = 0.0
        for _, number, factor in reversed(terms):
            later_ends.append((low, high))
            least, most = (number.low, number.high) if factor > 0 else (number.high, number.low)
            low, high = low + factor * least, high + factor * most
        before_low = before_high = 0.0
        for place, number, factor in terms:
            low, high = later_ends.pop()
            if number.exactness != EXACT:
                new_low, new_high = (total - before_high - high) / factor, (total - before_low - low) / factor
                if factor < 0:
                    new_low, new_high = new_high, new_low
                if new_low > number.low + SLACK or new_high < number.high - SLACK:
                    before = number.low, number.high
                    if number.narrow(new_low, new_high):
                        self._before.setdefault(place, before)
                        narrowed.append(place)
            least, most = (number.low, number.high) if factor > 0 else (number.high, number.low)
            before_low, before_high = before_low + factor * least, before_high + factor * most
        return narrowed

    def _narrow_whole(self, terms: Iterable[Term], below: float, above: float) -> list[int]:
        """The same for a sum of whole numbers, whose sums are exact in any order. below, above: how far the sum is
        above its lowest and below its highest value."""
        narrowed = []
        for place, number, factor in terms:
            low, high = number.low, number.high
            if high - low <= below and high - low <= above:
                continue
            new_low, new_high = (high - above, low + below) if factor > 0 else (high - below, low + above)
            if number.exactness != EXACT and number.narrow(new_low, new_high):
                self._before.setdefault(place, (low, high))
                narrowed.append(place)
                rise, fall = number.low - low, high - number.high
                below, above = (below - rise, above - fall) if factor > 0 else (below - fall, above - rise)
        return narrowed


def _room(terms: Iterable[Term], total: float) -> tuple[float, float, float]:
    """How far a sum is above its lowest and below its highest value, and the width of the ends of its widest number.
    A sum whose widest number has no more width than either leaves each number the whole width of its ends."""
    below, above = total, -total
    widest = 0.0
    for _, number, factor in terms:
        least, most = factor * number.low, factor * number.high
        if factor < 0:
            least, most = most, least
        below, above = below - least, above + most
        if most - least > widest:
            widest = most - least
    return below, above, widest
