"""Decides the verdicts of a family of differences: clear, about the same, or open."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from posture.analysis.estimates.comparison import MARGIN, SMALLEST_BASE
from posture.methods.intervals import LEVEL
from posture.methods.multiplicity import adjusted
from posture.methods.survey import t_quantile

DifferenceVerdict = Literal[
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

    verdicts: list[DifferenceVerdict]
    p_adjusted: list[float | None]

    @property
    def size(self) -> int:
        return sum(p is not None for p in self.p_adjusted)


def family_verdicts(
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
    are_small = [(difference.smaller or 0) < smallest_base for difference in differences]
    tested = [
        None if is_small else difference.p
        for difference, is_small in zip(differences, are_small, strict=True)
    ]
    corrected = adjusted(tested, method)
    verdicts = [
        _verdict(difference, p, level, is_small=is_small)
        for difference, p, is_small in zip(differences, corrected, are_small, strict=True)
    ]
    return Family(verdicts, corrected)


def _verdict(
    difference: Difference, corrected: float | None, level: float, *, is_small: bool
) -> DifferenceVerdict:
    if difference.value is None:
        return "withheld"
    if is_small:
        return "small_base"
    if difference.p is None or corrected is None:
        return "spread_unknown"
    if corrected <= 1 - level:
        return "higher" if difference.value > 0 else "lower"
    if difference.p <= 1 - level:
        return "not_clear_together"
    return "about_the_same" if _is_within(difference, level) else "no_clear_difference"


def _is_within(difference: Difference, level: float) -> bool:
    if (
        difference.unit != "points"
        or not difference.se
        or difference.base is None
        or difference.value is None
    ):
        return False
    reach = t_quantile(2 * level - 1, difference.base - 1) * difference.se
    return max(abs(difference.value - reach), abs(difference.value + reach)) < 100 * MARGIN
