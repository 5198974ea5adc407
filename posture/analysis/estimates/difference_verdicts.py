"""Decides the verdicts of a family of differences: clear, about the same, or open."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from posture.analysis.estimates.comparison import MARGIN, SMALLEST_BASE
from posture.methods.intervals import LEVEL
from posture.methods.multiplicity import adjusted
from posture.methods.survey import t_quantile

Reading = Literal[
    "withheld",
    "break",
    "small_base",
    "spread_unknown",
    "higher",
    "lower",
    "not_clear_together",
    "about_the_same",
    "no_clear_difference",
]


@dataclass(frozen=True)
class Difference:
    """value, se and p of a released difference; None where it is withheld. base: the degrees of freedom of its t
    interval plus one. smaller: the smaller (effective) base of its two sides. Only differences in points can be about
    the same."""

    value: float | None
    se: float | None
    p: float | None
    base: float | None
    smaller: float | None
    unit: str


@dataclass(frozen=True)
class Family:
    """The verdicts of a family. readings and p_adjusted: of each difference, in their order. size: the number
    tested."""

    readings: list[Reading]
    p_adjusted: list[float | None]

    @property
    def size(self) -> int:
        return sum(p is not None for p in self.p_adjusted)


def read_together(
    differences: Sequence[Difference],
    *,
    method: str = "BH",
    level: float = LEVEL,
    smallest_base: float = SMALLEST_BASE,
) -> Family:
    """Decides the verdicts of the differences as one family: "higher" and "lower" remain where the corrected p allows
    it. "About the same" requires that the interval at 2 * level - 1 is within the margin.

    Source   two one-sided tests; Benjamini and Hochberg (1995), or Holm (1979) with method "holm".
    """
    are_small = [(one.smaller or 0) < smallest_base for one in differences]
    tested = [None if is_small else one.p for one, is_small in zip(differences, are_small, strict=True)]
    corrected = adjusted(tested, method)
    readings = [
        _reading(one, p, level, is_small=is_small)
        for one, p, is_small in zip(differences, corrected, are_small, strict=True)
    ]
    return Family(readings, corrected)


def _reading(one: Difference, corrected: float | None, level: float, *, is_small: bool) -> Reading:
    if one.value is None:
        return "withheld"
    if is_small:
        return "small_base"
    if one.p is None or corrected is None:
        return "spread_unknown"
    if corrected <= 1 - level:
        return "higher" if one.value > 0 else "lower"
    if one.p <= 1 - level:
        return "not_clear_together"
    return "about_the_same" if _is_within(one, level) else "no_clear_difference"


def _is_within(one: Difference, level: float) -> bool:
    if one.unit != "points" or not one.se or one.base is None or one.value is None:
        return False
    reach = t_quantile(2 * level - 1, one.base - 1) * one.se
    return max(abs(one.value - reach), abs(one.value + reach)) < 100 * MARGIN
