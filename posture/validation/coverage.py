"""Simulates the coverage of the published intervals. Many samples are drawn from populations with known true values,
and each interval is computed from each sample."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from posture.validation import interval_kinds as kinds
from posture.validation import weighted_kinds
from posture.validation.interval_kinds import SimulatedIntervals
from posture.validation.populations import (
    BANDS,
    GAPS,
    HEAPED,
    PERCENTAGES,
    SKEWED,
    YES_NO,
    Array,
    Population,
)

SIZES = (10, 12, 30, 100)
DEFAULT_DRAWS = 10_000
MIN_COVERAGE = 0.94
SimulatedInterval = Callable[[np.random.Generator, Population, int, int], SimulatedIntervals]


@dataclass(frozen=True)
class IntervalKind:
    """A published kind of interval and the populations in which it is tested."""

    name: str
    interval: SimulatedInterval
    populations: tuple[Population, ...]


@dataclass(frozen=True)
class KnownShortfall:
    """A kind of interval with lower coverage, for the reason that METHODS.md gives, and its minimum coverage."""

    kinds: tuple[str, ...]
    populations: tuple[str, ...]
    max_size: int
    min_coverage: float
    reason: str

    def explains(self, result: "Coverage") -> bool:
        return (
            result.kind.startswith(self.kinds)
            and result.population in self.populations
            and result.size <= self.max_size
            and result.covered >= self.min_coverage - 3 * result.error
        )


@dataclass(frozen=True)
class Coverage:
    """The result of a simulation. share_with_interval: share of the draws that have an interval; covered: share of
    these whose interval contains the true value; width: their mean width, in the unit of the number."""

    kind: str
    population: str
    size: int
    draws: int
    share_with_interval: float
    covered: float
    width: float

    @property
    def error(self) -> float:
        """Standard error of `covered` from the number of draws, if the coverage were 94 %."""
        return float(
            (MIN_COVERAGE * (1 - MIN_COVERAGE) / max(1.0, self.share_with_interval * self.draws)) ** 0.5
        )

    @property
    def is_sufficient(self) -> bool:
        """Whether the coverage is at least 94 %, with a tolerance of three standard errors of the simulation."""
        return self.covered >= MIN_COVERAGE - 3 * self.error

    @property
    def shortfall(self) -> KnownShortfall | None:
        """The reason why it may be lower; None if there is none."""
        return next((shortfall for shortfall in KNOWN_SHORTFALLS if shortfall.explains(self)), None)


RARE = (HEAPED.name, BANDS[1].name)
ALL_PERCENTAGES = tuple(population.name for population in PERCENTAGES)
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

INTERVAL_KINDS = (
    IntervalKind("Share: Wilson", kinds.share, YES_NO),
    IntervalKind("Share, shown as a range at either end: Wilson", kinds.bounded_share, YES_NO),
    IntervalKind("Weighted share: Wilson on the effective base", weighted_kinds.weighted_share, YES_NO[1:]),
    IntervalKind("Weighted share of the explorer: Wilson", weighted_kinds.explorer_share, YES_NO[1:]),
    IntervalKind("Mean: Student", kinds.mean, (*PERCENTAGES, *BANDS)),
    IntervalKind("Mean, shown as a range at either end: Student", kinds.bounded_mean, PERCENTAGES),
    IntervalKind("Weighted mean: Student, jackknife", weighted_kinds.weighted_mean, PERCENTAGES),
    IntervalKind("Weighted mean of the explorer: Student", weighted_kinds.explorer_mean, PERCENTAGES),
    IntervalKind("Net gap: Tango", kinds.paired, GAPS),
    IntervalKind("Net gap with sides shown as ranges: Tango", kinds.bounded_paired, GAPS),
    IntervalKind("Share against the rest: Newcombe", kinds.share_against_rest, YES_NO),
    IntervalKind("Mean against the rest: Welch", kinds.mean_against_rest, (*PERCENTAGES, *BANDS)),
    IntervalKind("Net gap against the rest: Welch", kinds.gap_against_rest, GAPS),
    IntervalKind("Share against a published one: Newcombe", kinds.share_against_published, YES_NO),
    IntervalKind("Change of a share, half in both waves: Welch", kinds.change_of_share, YES_NO[1:]),
    IntervalKind("Change of a mean, half in both waves: Welch", kinds.change_of_mean, (*PERCENTAGES, *BANDS)),
    IntervalKind("Change of a mean, nobody in both waves: Welch", kinds.change_without_panel, PERCENTAGES),
    IntervalKind("Change of a share in the panel: Tango", kinds.paired, GAPS),
    IntervalKind("Change of a mean in the panel: Student", kinds.change_in_panel, (*PERCENTAGES, *BANDS)),
)


def simulate(
    *, draws: int = DEFAULT_DRAWS, seed: int = 0, sizes: tuple[int, ...] = SIZES, names: tuple[str, ...] = ()
) -> Iterator[Coverage]:
    """Runs the simulations. names: only kinds whose name begins with one of these."""
    for kind_number, kind in enumerate(INTERVAL_KINDS):
        if names and not kind.name.startswith(names):
            continue
        for population_number, population in enumerate(kind.populations):
            for size in sizes:
                random = np.random.default_rng((seed, kind_number, population_number, size))
                yield _coverage(kind, population, size, draws, kind.interval(random, population, size, draws))


def _coverage(
    kind: IntervalKind, population: Population, size: int, draws: int, ends: SimulatedIntervals
) -> Coverage:
    has_interval = ~np.isnan(ends.low)
    contains_truth: Array = (ends.low <= ends.truth + 1e-9) & (ends.truth - 1e-9 <= ends.high)
    return Coverage(
        kind.name,
        population.name,
        size,
        draws,
        share_with_interval=float(has_interval.mean()),
        covered=float(contains_truth[has_interval].mean()) if has_interval.any() else 1.0,
        width=float((ends.high - ends.low)[has_interval].mean()) if has_interval.any() else 0.0,
    )
