"""Numbers that follow from each other: how exactly each may be shown, and the sums between them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from scipy import sparse

from posture.analysis.disclosure.implied_ends import Sums
from posture.methods.disclosure import EXTREME_WITHIN

CLOSE = EXTREME_WITHIN + 1
SMALLEST_GUARDED = 5
SLACK = 1e-6


class Exactness(IntEnum):
    """How exactly a number is shown. UNPUBLISHED: not published; it may or may not follow from others."""

    EXACT = 0
    CAPPED = 1
    RANGED = 2
    WITHHELD = 3
    UNPUBLISHED = 4


# These names are read some million times.
EXACT, CAPPED, RANGED, WITHHELD, UNPUBLISHED = Exactness


@dataclass(slots=True)
class Number:
    """The sum of scores of `base` organisations, each between 0 and `top`; in a difference also below 0.

    scoring, short  the numbers of organisations with a score above 0, and with a score below `top`
    is_guarded      a value close to none or all organisations would reveal the answer of each of them
    low, high       the ends that a reader can derive
    is_fixed        it is known to every reader, and the decision about it never changes
    is_public       an earlier release showed it exactly, so it protects no other number
    cost            of two numbers that may be shown as a range the one of lower cost is chosen
    """

    value: float
    base: int
    top: float
    exactness: Exactness
    scoring: int
    short: int
    is_guarded: bool = True
    is_difference: bool = False
    is_of_all: bool = False
    is_fixed: bool = False
    is_public: bool = False
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
        """Whether a number of organisations is close to zero. Unpublished numbers about a few organisations are
        protected by the threshold on bases."""
        is_published = self.exactness != UNPUBLISHED
        return self.is_guarded and organizations <= CLOSE and (is_published or self.base >= SMALLEST_GUARDED)

    @property
    def margin(self) -> float:
        return min(CLOSE, self.base) * self.top

    @property
    def is_too_narrow(self) -> bool:
        """Whether its ends are too narrow. Three organisations more or less must be possible; for a number shown as a
        range or withheld to protect another number, at least one."""
        return not (self.is_fixed or self.is_public) and (
            self.is_determined
            or (self.is_low and self.high < self.margin - SLACK)
            or (self.is_high and self.low > self.base * self.top - self.margin + SLACK)
        )

    @property
    def is_determined(self) -> bool:
        is_inexact = self.exactness in (CAPPED, RANGED, WITHHELD)
        return is_inexact and self.base >= SMALLEST_GUARDED and self.high - self.low < self.top - SLACK

    def start(self) -> None:
        """Sets the ends that the decision about the number implies."""
        whole, margin = self.base * self.top, self.margin
        self.low, self.high = (-whole if self.is_difference else 0.0), whole
        if self.exactness == EXACT:
            self.low = self.high = self.value
        elif self.exactness == CAPPED:
            self.low, self.high = (0.0, margin) if self.is_low else (whole - margin, whole)
        elif self.exactness == RANGED and self.is_guarded and self.top == 1:
            self.low, self.high = CLOSE + 1, max(CLOSE + 1, whole - (CLOSE + 1))

    def narrow(self, low: float, high: float) -> bool:
        """Narrows the ends to at most these. Returns whether they became narrower. Numbers of organisations are
        whole, and so are their ends from the start."""
        if not (low > self.low + SLACK or high < self.high - SLACK):
            return False
        low, high = self.whole(low, high)
        if not (low > self.low + SLACK or high < self.high - SLACK):
            return False
        self.low, self.high = max(low, self.low), min(high, self.high)
        return True

    def whole(self, low: float, high: float) -> tuple[float, float]:
        """Rounds ends to whole numbers of organisations. A sum with a number without an end leaves none."""
        if self.top != 1:
            return low, high
        return (
            math.ceil(low - SLACK) if math.isfinite(low) else low,
            math.floor(high + SLACK) if math.isfinite(high) else high,
        )


class Sum(NamedTuple):
    """A sum: numbers times factors equal `total`, which readers know."""

    places: tuple[int, ...]
    factors: tuple[float, ...]
    total: float


def as_matrix(sums: Sequence[Sum], numbers: int) -> Sums:
    lengths = [len(equation.places) for equation in sums]
    rows = np.repeat(np.arange(len(sums)), lengths)
    columns = np.fromiter(
        (place for equation in sums for place in equation.places), dtype=int, count=len(rows)
    )
    factors = np.fromiter(
        (factor for equation in sums for factor in equation.factors), dtype=float, count=len(rows)
    )
    totals = np.array([equation.total for equation in sums])
    return Sums(sparse.csr_matrix((factors, (rows, columns)), shape=(len(sums), numbers)), totals, totals)
