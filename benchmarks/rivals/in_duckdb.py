"""Candidate DuckDB, in memory, with all cores."""

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.cut_sums import SUMS
from benchmarks.generator import DIMENSIONS, QUESTIONS, read
from benchmarks.protocol import Call
from benchmarks.rivals.statement import by_set, statement


def with_nulls(folder: Path) -> pa.Table:
    answers, segments, weights = read(folder)
    columns = {name: pa.array(segments[:, place]) for place, name in enumerate(DIMENSIONS)}
    for place, name in enumerate(QUESTIONS):
        columns[name] = pa.array(answers[:, place], mask=answers[:, place] < 0)
    return pa.table(columns | {"w": pa.array(weights), "w2": pa.array(weights * weights)})


def prepare(folder: Path, query: str) -> Call:
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    connection.register("given", with_nulls(folder))
    connection.execute("CREATE TABLE answers AS SELECT * FROM given")
    connection.unregister("given")
    text = statement(query)

    def call() -> np.ndarray:
        results = connection.execute(text).fetchnumpy()
        codes, sums = (
            np.stack(
                [np.ma.filled(np.ma.asarray(results[name], dtype=float), np.nan) for name in names], axis=1
            )
            for names in (DIMENSIONS, SUMS)
        )
        return by_set(codes, sums)

    return call
