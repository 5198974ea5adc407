"""Simulates the coverage of the published intervals. Many samples are drawn from populations with known true values,
and each interval is computed from each sample."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from posture.validation import interval_kinds as kinds
from posture.validation import weighted_kinds
from posture.validation.interval_kinds import Ends
from posture.validation.populations import (
    BANDS,
    BELL,
    GAPS,
    HEAPED,
    PERCENTAGES,
    SKEWED,
    YES_NO,
    Array,
    Population,
)

SIZES = (10, 12, 30, 100)
DRAWS = 10_000
AT_LEAST = 0.94
Simulated = Callable[[np.random.Generator, Population, int, int], Ends]


@dataclass(frozen=True)
class Kind:
    """A published kind of interval and the populations in which it is tested."""

    name: str
    interval: Simulated
    populations: tuple[Population, ...]


@dataclass(frozen=True)
class KnownShortfall:
    """A kind of interval with lower coverage, for the reason that METHODS.md gives, and its minimum coverage."""

    kinds: tuple[str, ...]
    populations: tuple[str, ...]
    largest: int
    at_least: float
    reason: str

    def is_about(self, found: "Coverage") -> bool:
        return (
            found.kind.startswith(self.kinds)
            and found.population in self.populations
            and found.size <= self.largest
            and found.covered >= self.at_least - 3 * found.error
        )


@dataclass(frozen=True)
class Coverage:
    """The result of a simulation. told: share of the draws that have an interval; covered: share of these whose
    interval contains the true value; width: their mean width, in the unit of the number."""

    kind: str
    population: str
    size: int
    draws: int
    told: float
    covered: float
    width: float

    @property
    def error(self) -> float:
        """Standard error of `covered` from the number of draws, if the coverage were 94 %."""
        return float((AT_LEAST * (1 - AT_LEAST) / max(1.0, self.told * self.draws)) ** 0.5)

    @property
    def is_enough(self) -> bool:
        """Whether the coverage is at least 94 %, with a tolerance of three standard errors of the simulation."""
        return self.covered >= AT_LEAST - 3 * self.error

    @property
    def shortfall(self) -> KnownShortfall | None:
        """The reason why it may be lower; None if there is none."""
        return next((one for one in KNOWN_SHORTFALLS if one.is_about(self)), None)


RARE = (HEAPED.name, BANDS[1].name)
ALL_PERCENTAGES = tuple(one.name for one in PERCENTAGES)
KNOWN_SHORTFALLS = (
    KnownShortfall(
        ("Share: Wilson",),
        (YES_NO[0].name,),
        30,
        0.90,
        "Counts are whole, so the coverage of Wilson's interval goes up and down around 95 %. A release shows such"
        " counts as ranges.",
    ),
    KnownShortfall(
        ("Mean",),
        RARE,
        30,
        0.76,
        "Few organisations differ from all others, and a sample of some dozens may miss how far.",
    ),
    KnownShortfall(
        ("Mean",),
        (SKEWED.name,),
        30,
        0.92,
        "The answers are skewed, and Student's interval is symmetric.",
    ),
    KnownShortfall(
        ("Weighted mean",),
        ALL_PERCENTAGES,
        30,
        0.80,
        "Few organisations carry most of the weight, and Student's degrees of freedom count all of them.",
    ),
)

KINDS = (
    Kind("Share: Wilson", kinds.share, YES_NO),
    Kind("Share, shown as a range at either end: Wilson", kinds.share_as_told, YES_NO),
    Kind("Weighted share: Wilson on the effective base", weighted_kinds.weighted_share, YES_NO[1:]),
    Kind("Weighted share of the explorer: Wilson", weighted_kinds.explorer_share, YES_NO[1:]),
    Kind("Mean: Student", kinds.mean, (*PERCENTAGES, *BANDS)),
    Kind("Mean, shown as a range at either end: Student", kinds.mean_as_told, PERCENTAGES),
    Kind("Weighted mean: Student, jackknife", weighted_kinds.weighted_mean, PERCENTAGES),
    Kind("Weighted mean of the explorer: Student", weighted_kinds.explorer_mean, PERCENTAGES),
    Kind("Net gap: Tango", kinds.paired, GAPS),
    Kind("Net gap with sides shown as ranges: Tango", kinds.paired_as_told, GAPS),
    Kind("Share against the rest: Newcombe", kinds.share_against_rest, YES_NO),
    Kind("Mean against the rest: Welch", kinds.mean_against_rest, (*PERCENTAGES, *BANDS)),
    Kind("Net gap against the rest: Welch", kinds.gap_against_rest, GAPS),
    Kind("Share against a published one: Newcombe", kinds.share_against_published, YES_NO),
    Kind("Change of a share, half in both waves: Welch", kinds.change_of_share, YES_NO[1:]),
    Kind("Change of a mean, half in both waves: Welch", kinds.change_of_mean, (*PERCENTAGES, *BANDS)),
    Kind("Change of a mean, nobody in both waves: Welch", kinds.change_without_panel, PERCENTAGES),
    Kind("Change of a share in the panel: Tango", kinds.paired, GAPS),
    Kind("Change of a mean in the panel: Student", kinds.change_in_panel, (*PERCENTAGES, *BANDS)),
    Kind("Over-confidence of forecasts: Student", kinds.over_confidence, (BELL,)),
)


def simulate(
    *, draws: int = DRAWS, seed: int = 0, sizes: tuple[int, ...] = SIZES, names: tuple[str, ...] = ()
) -> Iterator[Coverage]:
    """Runs the simulations. names: only kinds whose name begins with one of these."""
    for place, kind in enumerate(KINDS):
        if names and not kind.name.startswith(names):
            continue
        for number, population in enumerate(kind.populations):
            for size in sizes:
                random = np.random.default_rng((seed, place, number, size))
                yield _coverage(kind, population, size, draws, kind.interval(random, population, size, draws))


def _coverage(kind: Kind, population: Population, size: int, draws: int, ends: Ends) -> Coverage:
    is_told = ~np.isnan(ends.low)
    holds: Array = (ends.low <= ends.truth + 1e-9) & (ends.truth - 1e-9 <= ends.high)
    return Coverage(
        kind.name,
        population.name,
        size,
        draws,
        told=float(is_told.mean()),
        covered=float(holds[is_told].mean()) if is_told.any() else 1.0,
        width=float((ends.high - ends.low)[is_told].mean()) if is_told.any() else 0.0,
    )
