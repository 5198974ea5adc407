"""Converts comparisons and the benchmarks that they quote to values of their tables."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from posture.analysis.estimates.comparison_rows import COLUMNS, ComparisonRow
from posture.models import PublishedFigure
from posture.stored_definitions.catalogue import BENCHMARK_COLUMNS

QUOTED_COLUMNS = ("release", *BENCHMARK_COLUMNS)
COMPARISON_COLUMNS = ("release", "benchmark", *COLUMNS)


def quoted_benchmark_values(release_id: int, figures: Iterable[PublishedFigure]) -> Iterator[tuple[Any, ...]]:
    for figure in figures:
        yield release_id, *(getattr(figure, name) for name in BENCHMARK_COLUMNS)


def comparison_values(
    release_id: int, comparisons: Iterable[ComparisonRow], quoted: Mapping[str, int]
) -> Iterator[tuple[Any, ...]]:
    """quoted: the keys of the quoted benchmarks by code."""
    for row in comparisons:
        columns = row.as_columns()
        key = quoted[row.benchmark] if row.benchmark else None
        yield release_id, key, *(columns[name] for name in COLUMNS)
