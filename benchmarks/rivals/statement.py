"""One SQL statement for all database candidates: missing values are NULL, and grouping sets add up the cells."""

import numpy as np

from benchmarks.cut_sums import INDUSTRIES, SIZE_FROM, SUMS, placed, total
from benchmarks.generator import DIMENSIONS, QUESTIONS

FILTERS = {
    "F1": f"industry IN {INDUSTRIES} AND size >= {SIZE_FROM}",
    "F2": "true",
    "F4": "q07 = 0",
}
SQL_SUMS = {
    "n": "count({0})",
    "x": "sum({0})",
    "w": "sum(CASE WHEN {0} IS NOT NULL THEN w END)",
    "wx": "sum(w * {0})",
    "w2": "sum(CASE WHEN {0} IS NOT NULL THEN w2 END)",
    "w2x": "sum(w2 * {0})",
}


def statement(query: str) -> str:
    names, where = ", ".join(DIMENSIONS), FILTERS[query]
    first = ", ".join(
        f"{pattern.format(question)} AS {kind}_{question}"
        for kind, pattern in SQL_SUMS.items()
        for question in QUESTIONS
    )
    then = ", ".join(f"sum({name}) AS {name}" for name in SUMS)
    sets = ", ".join(f"({name})" for name in DIMENSIONS)
    return (
        f"WITH cells AS (SELECT {names}, {first} FROM answers WHERE {where} GROUP BY {names}) "
        f"SELECT {names}, {then} FROM cells GROUP BY GROUPING SETS ({sets}, ())"
    )


def by_set(codes: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """Splits the rows by grouping set. codes: [rows, 6], NaN where the row is not grouped by that dimension."""
    parts = []
    for place in range(len(DIMENSIONS)):
        rows = ~np.isnan(codes[:, place])
        parts.append((codes[rows, place].astype(int), np.nan_to_num(sums[rows])))
    return placed([*parts, total(np.nan_to_num(sums[np.isnan(codes).all(axis=1)]))])
