"""Candidate Polars, with its lazy engine and all cores."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.cut_sums import INDUSTRIES, KINDS, SIZE_FROM, SUMS, placed, total
from benchmarks.generator import DIMENSIONS, QUESTIONS, read
from benchmarks.protocol import Call


def prepare(folder: Path, query: str) -> Call:
    answers, segments, weights = read(folder)
    columns: dict[str, Any] = {name: segments[:, place] for place, name in enumerate(DIMENSIONS)}
    columns |= {name: answers[:, place] for place, name in enumerate(QUESTIONS)}
    frame = pl.DataFrame(columns | {"w": weights, "w2": weights * weights})
    sums = polars_sums()
    keep = {
        "F1": pl.col("industry").is_in(INDUSTRIES) & (pl.col("size") >= SIZE_FROM),
        "F2": None,
        "F4": pl.col("q07") == 0,
    }[query]

    def call() -> np.ndarray:
        rows = frame.lazy() if keep is None else frame.lazy().filter(keep)
        cells = rows.group_by(DIMENSIONS).agg(sums).collect()
        parts = []
        for name in DIMENSIONS:
            group = cells.group_by(name).agg(pl.col(SUMS).sum())
            parts.append((group[name].to_numpy().astype(int), group.select(SUMS).to_numpy()))
        return placed([*parts, total(cells.select(pl.col(SUMS).sum()).to_numpy())])

    return call


def polars_sums() -> list[pl.Expr]:
    weight, squared = pl.col("w"), pl.col("w2")
    expressions = []
    for question in QUESTIONS:
        known, yes = pl.col(question) >= 0, pl.col(question) == 1
        sums = [known.sum(), yes.sum(), (weight * known).sum(), (weight * yes).sum(), (squared * known).sum()]
        sums.append((squared * yes).sum())
        expressions += [one.alias(f"{kind}_{question}") for kind, one in zip(KINDS, sums, strict=True)]
    return expressions
