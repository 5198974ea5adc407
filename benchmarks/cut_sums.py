"""The sums of a cut, in the order that every candidate returns: 41 groups, 240 sums."""

from itertools import product

import numpy as np

from benchmarks.generator import QUESTIONS, SHARES

INDUSTRIES, SIZE_FROM = (1, 4, 7), 2
KINDS = ("n", "x", "w", "wx", "w2", "w2x")
SUMS = tuple(f"{kind}_{question}" for kind, question in product(KINDS, QUESTIONS))
FIRST_GROUPS = np.cumsum([0, *(len(share) for share in SHARES.values())])
GROUPS = int(FIRST_GROUPS[-1]) + 1


def placed(parts: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Returns an array [41 groups, 240 sums]: for each dimension its codes and their sums, then the total."""
    all_sums = np.zeros((GROUPS, len(SUMS)))
    for first, (codes, sums) in zip(FIRST_GROUPS, parts, strict=True):
        all_sums[first + codes] = sums
    return all_sums


def total(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the sums of all respondents as the last group."""
    return np.zeros(len(sums), dtype=int), sums
