"""Candidate PostgreSQL: a wide table on a real server, with parallel workers and without JIT compilation."""

from pathlib import Path

import numpy as np
import pandas as pd
import psycopg

from benchmarks.generator import DIMENSIONS, QUESTIONS, read
from benchmarks.protocol import Call
from benchmarks.rivals.statement import by_set, statement

ROWS_AT_ONCE = 20_000


def load(url: str, folder: Path) -> Call:
    """Loads the table; the returned call does nothing."""
    answers, segments, weights = read(folder)
    columns = [*(f"{name} smallint" for name in (*DIMENSIONS, *QUESTIONS)), "w float8", "w2 float8"]
    table = pd.DataFrame(
        np.concatenate([segments, answers], axis=1), columns=[*DIMENSIONS, *QUESTIONS], dtype="int8"
    )
    table[list(QUESTIONS)] = table[list(QUESTIONS)].astype("Int8").mask(answers < 0)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS answers")
        connection.execute(f"CREATE TABLE answers ({', '.join(columns)})")
        with connection.cursor().copy("COPY answers FROM STDIN (FORMAT csv)") as copy:
            for first in range(0, len(table), ROWS_AT_ONCE):
                rows = slice(first, first + ROWS_AT_ONCE)
                part = table[rows].assign(w=weights[rows], w2=weights[rows] ** 2)
                copy.write(part.to_csv(header=False, index=False))
        connection.execute("VACUUM ANALYZE answers")
    return lambda: None


def prepare(url: str, query: str) -> Call:
    connection = psycopg.connect(url, autocommit=True)
    connection.execute("SET work_mem = '512MB'")
    connection.execute("SET jit = off")
    text = statement(query)

    def call() -> np.ndarray:
        rows = connection.execute(text, binary=True).fetchall()
        table = np.array(rows, dtype=float)
        return by_set(table[:, : len(DIMENSIONS)], table[:, len(DIMENSIONS) :])

    return call
