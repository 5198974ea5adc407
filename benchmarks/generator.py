"""Generates respondents from a fixed seed: 40 yes/no questions with missing values, 6 dimensions, weights. The
specification is part of the benchmark: two check values verify that it was followed."""

from pathlib import Path

import numpy as np

from posture.analysis.cubes.frame import Dimension, Frame, Measure

SEED = 20261123
MOST_AT_ONCE = 1_000_000
ITEMS = 40
GATED_FROM = 30
SHARES = {
    "industry": np.arange(1, 13) ** -0.7,
    "size": np.array([0.35, 0.25, 0.20, 0.12, 0.08]),
    "region": np.arange(1, 7) ** -0.5,
    "role": np.arange(1, 9) ** -0.6,
    "wave": np.array([1, 1.3, 1.7, 2.2]),
    "maturity": np.array([0.15, 0.25, 0.30, 0.20, 0.10]),
}
DIMENSIONS = tuple(SHARES)
QUESTIONS = tuple(f"q{number:02}" for number in range(1, ITEMS + 1))
CHECKED_AT = 1_000_000
MEAN_ANSWER, MEAN_WEIGHT = 0.33912, 0.99987


def respondents(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns answers int8 [count, 40] with -1 for missing, segments uint8 [count, 6], weights float64 [count]."""
    chunks = [
        _chunk(number, min(MOST_AT_ONCE, count - number * MOST_AT_ONCE))
        for number in range(-(-count // MOST_AT_ONCE))
    ]
    answers, segments, weights = (np.concatenate(arrays) for arrays in zip(*chunks, strict=True))
    if count == CHECKED_AT:
        means = (round(float(answers.mean()), 5), round(float(weights.mean()), 5))
        if means != (MEAN_ANSWER, MEAN_WEIGHT):
            raise ValueError(f"the generator gives {means} and not {(MEAN_ANSWER, MEAN_WEIGHT)}")
    return answers, segments, weights


def _chunk(number: int, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.Generator(np.random.PCG64([SEED, number]))
    codes = [random.choice(len(share), size=rows, p=share / share.sum()) for share in SHARES.values()]
    segments = np.stack(codes, axis=1).astype(np.uint8)
    industry, size, maturity = (
        segments[:, DIMENSIONS.index(name)] for name in ("industry", "size", "maturity")
    )
    tendency = (
        np.linspace(-0.6, 0.6, 5)[size]
        + np.linspace(0.4, -0.4, 12)[industry]
        + np.linspace(-1, 1, 5)[maturity]
        + random.normal(0, 0.7, rows)
    ).astype(np.float32)
    level = np.linspace(np.log(0.08 / 0.92), np.log(0.92 / 0.08), ITEMS).astype(np.float32)
    threshold = random.random((rows, ITEMS), dtype=np.float32)
    answers = (threshold < 1 / (1 + np.exp(-(level[None] + tendency[:, None])))).astype(np.int8)
    answers[random.random((rows, ITEMS), dtype=np.float32) < 0.05] = -1
    answers[random.random(rows) < 0.15, GATED_FROM:] = -1
    return answers, segments, np.clip(random.lognormal(-0.125, 0.5, rows), 0.2, 5)


def frame_of(answers: np.ndarray, segments: np.ndarray, weights: np.ndarray, *, first: int = 0) -> Frame:
    """Returns the respondents as a frame of the product; organisations are numbered from `first`."""
    return Frame(
        dimensions=tuple(
            Dimension(name, tuple(str(code) for code in range(len(share)))) for name, share in SHARES.items()
        ),
        segments=segments,
        yes_no=tuple(Measure("indicator", name, "share", "", "share", "wilson") for name in QUESTIONS),
        binary=answers,
        amounts=(),
        numeric=np.empty((len(answers), 0), dtype=np.float32),
        weights=weights,
        organizations=np.arange(first, first + len(answers)),
    )


ARRAYS = ("answers", "segments", "weights")


def write(folder: Path, count: int) -> None:
    for name, array in zip(ARRAYS, respondents(count), strict=True):
        np.save(folder / f"{name}.npy", array)


def read(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    answers, segments, weights = (np.load(folder / f"{name}.npy") for name in ARRAYS)
    return answers, segments, weights
