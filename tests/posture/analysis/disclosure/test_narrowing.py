"""The ends that sums leave for numbers, compared with those of the audit, which computes them in another way."""

import numpy as np
import pytest

from posture.analysis.disclosure.implied_ends import implied_ends
from posture.analysis.disclosure.narrowing import Narrowing
from posture.analysis.disclosure.sums_of_numbers import Exactness, Number, Sum, as_matrix

NUMBERS, SUMS, BASE = 12, 6, 30


def random_sums(random: np.random.Generator, values: np.ndarray, factors: list[float]) -> list[Sum]:
    sums = []
    for _ in range(SUMS):
        places = random.choice(NUMBERS, size=4, replace=False)
        chosen = random.choice(factors, size=4)
        sums.append(
            Sum(tuple(places.tolist()), tuple(chosen.tolist()), float(chosen @ values[places])),
        )
    return sums


@pytest.mark.parametrize("factors", [[1.0, -1.0], [1.0, -1.0, 2.0]])
@pytest.mark.parametrize("seed", range(20))
def test_whole_numbers_get_the_ends_of_the_audit(seed: int, factors: list[float]) -> None:
    random = np.random.default_rng(seed)
    values = random.integers(0, BASE + 1, NUMBERS).astype(float)
    exactness = random.choice([Exactness.EXACT, Exactness.UNPUBLISHED], size=NUMBERS, p=[0.3, 0.7])
    numbers = [
        Number(
            value=float(value),
            base=BASE,
            top=1,
            exactness=Exactness(number_exactness),
            scoring=int(value),
            short=BASE - int(value),
        )
        for value, number_exactness in zip(values, exactness, strict=True)
    ]
    sums = random_sums(random, values, factors)
    matrix = as_matrix(sums, NUMBERS)
    Narrowing(numbers, sums, matrix.matrix).again(range(NUMBERS))
    is_exact = exactness == Exactness.EXACT
    low, high = np.where(is_exact, values, 0.0), np.where(is_exact, values, float(BASE))
    low, high = implied_ends(matrix, low, high, np.ones(NUMBERS, dtype=bool))
    assert [(number.low, number.high) for number in numbers] == list(zip(low, high, strict=True))


def test_a_sum_leaves_each_of_its_numbers_what_the_others_leave() -> None:
    numbers = [
        Number(value, base, 1, Exactness.UNPUBLISHED, 1, 1) for value, base in ((9.0, 9), (2.0, 3), (7.0, 20))
    ]
    numbers[0].exactness = Exactness.EXACT
    sums = [Sum((0, 1, 2), (-1.0, 1.0, 1.0), 0.0)]
    Narrowing(numbers, sums, as_matrix(sums, 3).matrix).again(range(3))
    assert [(number.low, number.high) for number in numbers] == [(9, 9), (0, 3), (6, 9)]
