"""Small frames of made-up answers, and their cuts by plain counting."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from posture.analysis.cubes.cuts import Cut
from posture.analysis.cubes.frame import Dimension, Frame, Measure
from posture.analysis.cubes.selection import Query
from posture.methods.intervals import mean_t, share_se, wilson
from posture.methods.shares import recommended, share
from posture.methods.survey import Design, mean

SECTORS, REGIONS, WAVES = ("energy", "retail", ""), ("north", "south"), ("first", "second")
YES_NO = tuple(
    Measure("indicator", code, "share", "", "share", "wilson") for code in ("incident", "visible", "policy")
)
AMOUNTS = (
    Measure("item", "monitored", "mean", "", "percent", "t"),
    Measure("item", "agents", "mean", "", "count", "t"),
)


def frame_of(
    rows: int,
    seed: int,
    *,
    weighted: bool = True,
    waves: int = 1,
    missing: float = 0.2,
    organizations: np.ndarray | None = None,
) -> Frame:
    """Returns rows drawn at random; with more than one wave the organisations differ unless they are given."""
    random = np.random.default_rng(seed)
    sizes = (len(SECTORS), len(REGIONS), waves)
    binary = random.integers(0, 2, (rows, len(YES_NO))).astype(np.int8)
    binary[random.random(binary.shape) < missing] = -1
    numeric = random.choice([0.0, 12.5, 40.0, 100.0], (rows, len(AMOUNTS))).astype(np.float32)
    numeric[random.random(numeric.shape) < missing] = np.nan
    return Frame(
        dimensions=(
            Dimension("sector", SECTORS),
            Dimension("region", REGIONS),
            Dimension("wave", WAVES[:waves]),
        ),
        segments=np.stack([random.integers(0, size, rows) for size in sizes], axis=1).astype(np.uint8),
        yes_no=YES_NO,
        binary=binary,
        amounts=AMOUNTS,
        numeric=numeric,
        weights=random.uniform(0.3, 3, rows) if weighted else np.ones(rows),
        organizations=np.arange(rows) if organizations is None else organizations,
    )


@dataclass(frozen=True)
class Number:
    base: int
    value: float | None
    se: float | None
    low: float | None
    high: float | None


def rows_in(frame: Frame, query: Query, dimensions: tuple[str, ...], codes: tuple[str, ...]) -> np.ndarray:
    """Decides, row by row, whether the query keeps the row and the row belongs to the group."""
    wanted = {**query.segments}
    is_in_group = np.ones(len(frame), dtype=bool)
    for row in range(len(frame)):
        stated = {
            dimension.code: dimension.codes[frame.segments[row, place]]
            for place, dimension in enumerate(frame.dimensions)
        }
        answers = {
            measure.key: float(value)
            for measure, value in zip(frame.measures, [*frame.binary[row], *frame.numeric[row]], strict=True)
        }
        is_in = all(stated[dimension] in allowed for dimension, allowed in wanted.items())
        is_in &= all(answers[key] in allowed for key, allowed in query.answers.items())
        for dimension, code in zip(dimensions, codes, strict=True):
            is_in &= answers[dimension] == float(code) if "|" in dimension else stated[dimension] == code
        is_in_group[row] = is_in
    return is_in_group


def unweighted(frame: Frame, place: int, members: np.ndarray) -> Number:
    if place < len(frame.yes_no):
        answers = [int(answer) for answer in frame.binary[members, place] if answer >= 0]
        base, hits = len(answers), sum(answers)
        if not base:
            return Number(0, None, None, None, None)
        ends = wilson(hits, base)
        assert ends is not None
        return Number(base, hits / base, share_se(hits / base, base), ends.low, ends.high)
    numbers = [
        float(number) for number in frame.numeric[members, place - len(frame.yes_no)] if number == number
    ]
    estimate = mean_t(numbers)
    unit = frame.measures[place].unit
    ends = estimate.interval.within(0, 100) if estimate.interval and unit == "percent" else estimate.interval
    return Number(estimate.base, estimate.mean, estimate.se, ends and ends.low, ends and ends.high)


def weighted(frame: Frame, place: int, members: np.ndarray) -> Number:
    """Computes the number by `posture.methods.survey`, in the design of the organisations of the base."""
    if place < len(frame.yes_no):
        values = frame.binary[:, place].astype(float)
        values[values < 0] = np.nan
    else:
        values = frame.numeric[:, place - len(frame.yes_no)].astype(float)
    in_base = ~np.isnan(values) & members
    base = int(in_base.sum())
    if not base:
        return Number(0, None, None, None, None)
    values, inside = values[in_base], np.ones(base, dtype=bool)
    design = Design.of(frame.weights[in_base], frame.organizations[in_base])
    if place < len(frame.yes_no):
        weighted_share = share(values, design, inside)
        ends = recommended(weighted_share)
        se = weighted_share.estimate.se if base > 1 else None
        return Number(base, weighted_share.value, se, ends and ends.low, ends and ends.high)
    estimate = mean(values, design, inside)
    if base < 2:
        return Number(base, estimate.value, None, None, None)
    if np.ptp(values[inside & ~np.isnan(values)]) == 0:
        return Number(base, estimate.value, 0.0, None, None)
    ends = estimate.interval()
    if frame.measures[place].unit == "percent":
        ends = ends.within(0, 100)
    return Number(base, estimate.value, estimate.se, ends.low, ends.high)


def numbers(cut: Cut, *, is_weighted: bool) -> Iterator[tuple[int, int, Number]]:
    figures = cut.weighted if is_weighted else cut.unweighted
    for group in range(len(cut.groups)):
        for measure in range(len(cut.measures)):
            values = [float(array[group, measure]) for array in figures[:4]]
            yield (
                group,
                measure,
                Number(
                    int(cut.base[group, measure]), *(None if value != value else value for value in values)
                ),
            )


def is_close(first: Number, second: Number, tolerance: float) -> bool:
    pairs = zip(
        (first.base, first.value, first.se, first.low, first.high),
        (second.base, second.value, second.se, second.low, second.high),
        strict=True,
    )
    return all(
        a is b is None
        or (a is not None and b is not None and abs(a - b) <= tolerance * max(1.0, abs(a), abs(b)))
        for a, b in pairs
    )
