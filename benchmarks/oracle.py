"""Computes the sums of a cut in plain Python, one respondent after the other, as reference."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.cut_sums import FIRST_GROUPS, GROUPS, INDUSTRIES, SIZE_FROM
from benchmarks.generator import QUESTIONS, read

ITEM = QUESTIONS.index("q07")


def prepare(folder: Path, query: str) -> Callable[[], np.ndarray]:
    answers, segments, weights = (array.tolist() for array in read(folder))
    sums = [[0.0] * (6 * len(QUESTIONS)) for _ in range(GROUPS)]
    for row_answers, codes, weight in zip(answers, segments, weights, strict=True):
        if not is_kept(query, row_answers, codes):
            continue
        for group in [
            *(int(first) + code for first, code in zip(FIRST_GROUPS, codes, strict=False)),
            GROUPS - 1,
        ]:
            for place, answer in enumerate(row_answers):
                for power in range(3):
                    if answer >= 0:
                        sums[group][2 * power * len(QUESTIONS) + place] += weight**power
                    if answer == 1:
                        sums[group][(2 * power + 1) * len(QUESTIONS) + place] += weight**power
    return lambda: np.array(sums)


def is_kept(query: str, row_answers: list[int], codes: list[int]) -> bool:
    if query == "F1":
        return codes[0] in INDUSTRIES and codes[1] >= SIZE_FROM
    return query != "F4" or row_answers[ITEM] == 0
