"""Recomputes a release from the raw answers and compares the result with the stored rows."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from posture.analysis.estimates import comparison_rows
from posture.analysis.estimates.comparison_rows import ComparisonKey, ComparisonRow
from posture.analysis.estimates.rows import NUMBERS, identity
from posture.models import Comparison, Release
from posture.releases.computation import audited_computation

COLUMNS = (*NUMBERS, "level", "bound", "unit", "method", "status")
TOLERANCE = 1e-9


@dataclass(frozen=True)
class RecomputationDifference:
    """One difference between a stored and a recomputed value: number or digest, column, stored value, recomputed
    value."""

    subject: str
    column: str
    stored: object
    recomputed: object

    def __str__(self) -> str:
        return f"{self.subject}, {self.column}: stored {self.stored}, now {self.recomputed}"


def recompute(release: Release) -> Iterator[RecomputationDifference]:
    """Yields each difference; none if every stored number and comparison follows from the current answers and
    definitions."""
    computation, _ = audited_computation(release, at=release.requested_at)
    for name in ("methods_version", "data_digest", "definitions_digest"):
        if getattr(release, name) != getattr(computation, name):
            yield RecomputationDifference(
                release.slug, name, getattr(release, name), getattr(computation, name)
            )
    stored = {identity(row): row for row in release.estimates.all()}
    yield from _compare(stored, {identity(row): row for row in computation.rows}, COLUMNS)
    if release.compared_at is not None:
        comparisons = release.comparisons.select_related("benchmark")
        yield from _compare(
            {_key(row): row for row in comparisons},
            {row.key: _ComparisonColumns(row) for row in computation.comparisons},
            comparison_rows.COLUMNS,
        )


class _ComparisonColumns:
    """A comparison that is not stored, with the columns of a stored one."""

    def __init__(self, row: ComparisonRow) -> None:
        self.__dict__.update(row.as_columns())


def _key(row: Comparison) -> ComparisonKey:
    code = row.benchmark.code if row.benchmark else ""
    return row.compared_with, row.cohort, row.subject_kind, row.subject, row.statistic, code


def _compare(
    stored: Mapping[Any, Any], recomputed: Mapping[Any, Any], columns: Sequence[str]
) -> Iterator[RecomputationDifference]:
    for key in sorted(stored.keys() | recomputed.keys()):
        name = " ".join(field for field in key if field)
        if key not in stored or key not in recomputed:
            yield RecomputationDifference(
                name, "row", "there" if key in stored else "none", "there" if key in recomputed else "none"
            )
            continue
        for column in columns:
            stored_value, new_value = getattr(stored[key], column), getattr(recomputed[key], column)
            if not _is_same(stored_value, new_value):
                yield RecomputationDifference(name, column, stored_value, new_value)


def _is_same(first: object, second: object) -> bool:
    if isinstance(first, float) and isinstance(second, float):
        return math.isclose(first, second, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return first == second
