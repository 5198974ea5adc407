"""Compares a share with a published one. There is a verdict only where both measure the same and both bases are
known."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from posture.methods.intervals import LEVEL, Interval, newcombe, wilson
from posture.methods.inversion import p_by_inversion
from posture.methods.multiplicity import adjusted
from surveys.instrument.questionnaire_definition import Closeness

ComparisonOutcome = Literal[
    "withheld",
    "told_as_range",
    "not_like_for_like",
    "reproduced",
    "reproduced_cut",
    "not_reproduced",
    "small_base",
    "spread_unknown",
    "higher",
    "lower",
    "about_the_same",
    "no_clear_difference",
    "not_clear_together",
    "much_nonresponse",
]
SMALLEST_BASE = 30
WIDEST = 0.30
MARGIN = 0.10
LARGEST_TIPPING_BASE = 1_000_000


@dataclass(frozen=True)
class PublishedShare:
    """A published share, 0-1. `base` None: not published. `rounding`: half of its last printed place."""

    share: float
    base: int | None
    rounding: float
    at_most: bool = False
    is_mean: bool = False
    is_disputed: bool = False


@dataclass(frozen=True)
class Comparison:
    """The result of a comparison. difference and interval: our share minus the published one, as shares; the interval
    includes the rounding.
    tipping_base: the smallest base of the publisher with which "higher" or "lower" would still hold.
    p: two-sided, for no difference; None where nothing was tested. p_adjusted: corrected for its family. flips: the
    verdict would differ if all organisations without a substantive answer had answered at one end."""

    outcome: ComparisonOutcome
    difference: float | None = None
    interval: Interval | None = None
    by_less_than_margin: bool = False
    base_is_known: bool = True
    tipping_base: int | None = None
    p: float | None = None
    flips: bool = False
    p_adjusted: float | None = None


def compare_share(
    successes: float | None,
    base: float | None,
    published: PublishedShare,
    closeness: Closeness,
    *,
    possible: tuple[float, float] | None = None,
    much_nonresponse: bool = False,
    level: float = LEVEL,
) -> Comparison:
    """Compares a share with a published one. `successes` None: our share is withheld or does not exist. possible: the
    lowest and the highest possible share; None where they are withheld.

    Source   METHODS.md, "Against a benchmark".
    """
    if successes is None or not base:
        return Comparison("withheld")
    share = successes / base
    difference = share - published.share
    if closeness == "same_data":
        return Comparison(_reproduction(share, published), difference)
    if closeness != "close" or published.is_disputed:
        return Comparison("not_like_for_like", difference)
    if published.is_mean:
        return Comparison("spread_unknown", difference)
    own_interval = wilson(successes, base, level=level)
    if base < SMALLEST_BASE or own_interval is None or own_interval.width >= WIDEST:
        return Comparison("small_base", difference)
    if much_nonresponse:
        return Comparison("much_nonresponse", difference)
    comparison = verdict(successes, base, published, level=level)
    if possible is None or comparison.outcome == "no_clear_difference":
        return comparison
    extreme_outcomes = (_Judgement.of(share * base, base, published, level).outcome for share in possible)
    return replace(comparison, flips=any(outcome != comparison.outcome for outcome in extreme_outcomes))


@dataclass(frozen=True)
class _Judgement:
    """The outcome without its p-value, and the interval of the difference. within: the narrower interval is within
    MARGIN."""

    outcome: ComparisonOutcome
    interval: Interval
    within: bool

    @classmethod
    def of(cls, successes: float, base: float, published: PublishedShare, level: float) -> "_Judgement":
        interval = difference_interval(successes, base, published, published.base, level)
        narrower = difference_interval(successes, base, published, published.base, 2 * level - 1)
        within = narrower.low > -MARGIN and narrower.high < MARGIN
        if interval.low > 0 or interval.high < 0:
            return cls("higher" if interval.low > 0 else "lower", interval, within)
        return cls("about_the_same" if within else "no_clear_difference", interval, within)


def verdict(successes: float, base: float, published: PublishedShare, *, level: float = LEVEL) -> Comparison:
    """The verdict: higher, lower, about the same within MARGIN (two one-sided tests), or no clear difference; never
    "none"."""
    difference = successes / base - published.share
    judgement = _Judgement.of(successes, base, published, level)
    p = p_by_inversion(
        difference,
        lambda level_of_test: difference_interval(successes, base, published, published.base, level_of_test),
    )
    outcome, interval = judgement.outcome, judgement.interval
    if outcome in ("higher", "lower"):
        tipping = None if published.base else tipping_base(successes, base, published, level=level)
        return Comparison(
            outcome, difference, interval, judgement.within, published.base is not None, tipping, p
        )
    return Comparison(outcome, difference, interval, False, published.base is not None, p=p)


def over_range(least: Comparison, most: Comparison) -> Comparison:
    """The comparison of a share that is shown as a range. A verdict that holds at both ends holds in between; every
    other verdict is open. The difference is the smaller one, and p the larger."""
    if least.outcome != most.outcome:
        return Comparison("told_as_range")
    nearer = min((least, most), key=lambda comparison: abs(comparison.difference or 0))
    return replace(
        nearer,
        by_less_than_margin=least.by_less_than_margin and most.by_less_than_margin,
        p=max((comparison.p for comparison in (least, most) if comparison.p is not None), default=None),
    )


def corrected_for_family(comparisons: Sequence[Comparison], *, level: float = LEVEL) -> list[Comparison]:
    """Corrects the comparisons of one cohort as a family. "Higher" and "lower" remain only where the p-value
    corrected by Benjamini and Hochberg is below 1 - level. Comparisons that were not tested do not count in the
    family."""
    corrected = adjusted([comparison.p for comparison in comparisons], "BH")
    return [
        replace(
            comparison,
            p_adjusted=p,
            outcome="not_clear_together"
            if comparison.outcome in ("higher", "lower") and p is not None and p > 1 - level
            else comparison.outcome,
        )
        for comparison, p in zip(comparisons, corrected, strict=True)
    ]


def tipping_base(
    successes: float, base: float, published: PublishedShare, *, level: float = LEVEL
) -> int | None:
    """The smallest base at which the interval still excludes zero; None if no base up to a million does."""

    def excludes_zero(assumed: int) -> bool:
        interval = difference_interval(successes, base, published, assumed, level)
        return interval.low > 0 or interval.high < 0

    high = 1
    while not excludes_zero(high):
        high *= 2
        if high > LARGEST_TIPPING_BASE:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if excludes_zero(middle) else (middle, high)
    return high


def difference_interval(
    successes: float, base: float, published: PublishedShare, assumed_base: int | None, level: float
) -> Interval:
    """Newcombe's interval, widened for the rounding of the printed figure; without a base the figure is fixed."""
    own_interval = wilson(successes, base, level=level)
    fixed = Interval(published.share, published.share)
    published_interval = (
        wilson(published.share * assumed_base, assumed_base, level=level) if assumed_base else fixed
    )
    if own_interval is None or published_interval is None:
        raise ValueError("a comparison needs a base")
    return newcombe(successes / base, own_interval, published.share, published_interval).widened(
        published.rounding
    )


def _reproduction(share: float, published: PublishedShare) -> ComparisonOutcome:
    """Whether the printed figure follows from the same answers, by rounding or by truncating the decimals."""
    if published.at_most:
        return "reproduced" if share <= published.share else "not_reproduced"
    distance = share - published.share
    if -published.rounding - 1e-9 <= distance < published.rounding + 1e-9:
        return "reproduced"
    is_truncated = 0 <= distance < 2 * published.rounding or math.isclose(distance, 0, abs_tol=1e-9)
    return "reproduced_cut" if is_truncated else "not_reproduced"
