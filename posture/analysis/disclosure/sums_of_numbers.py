"""Numbers that follow from each other: how exactly each may be told, and the sums between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from scipy import sparse

from posture.analysis.disclosure.implied_ends import Sums
from posture.methods.disclosure import EXTREME_WITHIN

CLOSE = EXTREME_WITHIN + 1
SMALLEST_GUARDED = 5
SLACK = 1e-6


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
    is_fixed        it is known to every reader and is never told otherwise
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
    is_fixed: bool = False
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
    def as_decided(self) -> tuple[object, ...]:
        """All that decides how it is told beside others."""
        fixed = self.is_guarded, self.is_difference, self.is_of_all, self.is_fixed
        return self.told, self.value, self.base, self.top, self.scoring, self.short, *fixed, self.cost

    @property
    def margin(self) -> float:
        return min(CLOSE, self.base) * self.top

    @property
    def is_told_too_well(self) -> bool:
        """Three organisations more or less must be possible, and of what is told as a range or withheld to protect
        another number at least one."""
        return not self.is_fixed and (
            self.is_pinned
            or (self.is_low and self.high < self.margin - SLACK)
            or (self.is_high and self.low > self.base * self.top - self.margin + SLACK)
        )

    @property
    def is_pinned(self) -> bool:
        is_vague = self.told in (Told.CAPPED, Told.RANGED, Told.WITHHELD)
        return is_vague and self.base >= SMALLEST_GUARDED and self.high - self.low < self.top - SLACK

    def ends_beside_bases(self, *, is_told: bool = True) -> tuple[float, float]:
        """What it may be for a reader who knows nothing but the bases."""
        if self.is_fixed and self.told == Told.EXACTLY and is_told:
            return self.value, self.value
        whole = self.base * self.top
        return (-whole if self.is_difference else 0.0), whole

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
    factors: tuple[float, ...]
    total: float

    def leaves(self, place: int, numbers: Sequence[Number]) -> tuple[float, float]:
        """What the others leave for one of its numbers."""
        low = high = self.total
        own = 1.0
        for other, factor in zip(self.places, self.factors, strict=True):
            if other == place:
                own = factor
                continue
            one = numbers[other]
            low -= factor * (one.high if factor > 0 else one.low)
            high -= factor * (one.low if factor > 0 else one.high)
        return (low / own, high / own) if own > 0 else (high / own, low / own)

    def leaves_each(self, numbers: Sequence[Number]) -> Iterator[tuple[int, float, float]]:
        """The same for each of its places in turn; a number may be narrowed before the next one is asked for."""
        behind = [(0.0, 0.0)]
        terms = list(zip(self.places, self.factors, strict=True))
        for place, factor in reversed(terms):
            low, high = _ends(numbers[place], factor)
            behind.append((behind[-1][0] + low, behind[-1][1] + high))
        before_low = before_high = 0.0
        for (place, factor), (behind_low, behind_high) in zip(terms, behind[-2::-1], strict=True):
            low = self.total - before_high - behind_high
            high = self.total - before_low - behind_low
            yield (place, low / factor, high / factor) if factor > 0 else (place, high / factor, low / factor)
            least, most = _ends(numbers[place], factor)
            before_low, before_high = before_low + least, before_high + most


def _ends(number: Number, factor: float) -> tuple[float, float]:
    ends = factor * number.low, factor * number.high
    return ends if factor > 0 else ends[::-1]


def as_matrix(sums: Sequence[Sum], numbers: int) -> Sums:
    lengths = [len(one.places) for one in sums]
    rows = np.repeat(np.arange(len(sums)), lengths)
    columns = np.fromiter((place for one in sums for place in one.places), dtype=int, count=len(rows))
    factors = np.fromiter((factor for one in sums for factor in one.factors), dtype=float, count=len(rows))
    totals = np.array([one.total for one in sums])
    return Sums(sparse.csr_matrix((factors, (rows, columns)), shape=(len(sums), numbers)), totals, totals)
