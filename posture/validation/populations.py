"""Populations of organisations for the simulation of coverage: their answers and frequencies."""

from dataclasses import dataclass

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class Population:
    """A population: values and the frequency of each; the frequencies add up to 1."""

    name: str
    values: tuple[float, ...]
    frequencies: tuple[float, ...]

    @property
    def mean(self) -> float:
        return float(np.dot(self.values, self.frequencies))

    def draw(self, random: np.random.Generator, draws: int, size: int) -> Array:
        """Draws samples: [draws, size]."""
        return random.choice(np.array(self.values), size=(draws, size), p=np.array(self.frequencies))


def _of(name: str, counts: dict[float, float]) -> Population:
    total = sum(counts.values())
    return Population(name, tuple(counts), tuple(count / total for count in counts.values()))


TENS = tuple(float(ten) for ten in range(0, 101, 10))
YES_NO = tuple(
    Population(f"{percent} % say yes", (0.0, 1.0), (1 - percent / 100, percent / 100))
    for percent in (5, 20, 50, 80)
)
# Percentages.
BELL = _of("around 50", dict(zip(TENS, (1, 10, 45, 120, 210, 252, 210, 120, 45, 10, 1), strict=True)))
EVEN = _of("even from 0 to 100", dict.fromkeys(TENS, 1.0))
TWO_CAMPS = _of("two camps", {5.0: 4.0, 20.0: 2.0, 50.0: 1.0, 80.0: 2.0, 95.0: 4.0})
SKEWED = _of("skewed to 100", {100.0: 5, 90.0: 5, 80.0: 4, 70.0: 3, 60.0: 2, 50.0: 2, 40.0: 1, 20.0: 1})
HEAPED = _of("70 % at 0", {0.0: 14, 20.0: 2, 50.0: 2, 80.0: 1, 100.0: 1})
PERCENTAGES = (BELL, EVEN, TWO_CAMPS, SKEWED, HEAPED)
# Gaps between time bands.
BANDS = (
    _of("bands, mostly slower", {-2.0: 1, -1.0: 2, 0.0: 5, 1.0: 5, 2.0: 4, 3.0: 2, 4.0: 1}),
    _of("bands, mostly the same", {-1.0: 1, 0.0: 8, 1.0: 2, 5.0: 1}),
)
# Yes-or-no gaps: 1 over-confident, -1 under-confident.
GAPS = tuple(
    Population(
        f"{over} % over, {under} % under",
        (1.0, 0.0, -1.0),
        (over / 100, 1 - (over + under) / 100, under / 100),
    )
    for over, under in ((50, 10), (30, 30), (20, 5))
)
