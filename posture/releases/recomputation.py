"""Recomputes a release from the raw answers and compares the result with the stored rows."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from posture.analysis.estimates import comparison_rows
from posture.analysis.estimates.comparison_rows import ComparisonKey, ComparisonRow
from posture.analysis.estimates.rows import NUMBERS, identity
from posture.models import Comparison, Release
from posture.releases.computation import audited_computation_of

COLUMNS = (*NUMBERS, "level", "bound", "unit", "method", "status")
CLOSE = 1e-9


@dataclass(frozen=True)
class Difference:
    """One difference between a stored and a recomputed value: number or digest, column, stored value, recomputed
    value."""

    subject: str
    column: str
    stored: object
    found: object

    def __str__(self) -> str:
        return f"{self.subject}, {self.column}: stored {self.stored}, now {self.found}"


def recompute(release: Release) -> Iterator[Difference]:
    """Yields each difference; none if every stored number and comparison follows from the current answers and
    definitions."""
    now, _ = audited_computation_of(release, at=release.requested_at)
    for name in ("methods_version", "data_digest", "definitions_digest"):
        if getattr(release, name) != getattr(now, name):
            yield Difference(release.slug, name, getattr(release, name), getattr(now, name))
    stored = {identity(row): row for row in release.estimates.all()}
    yield from _compare(stored, {identity(row): row for row in now.rows}, COLUMNS)
    if release.compared_at is not None:
        comparisons = release.comparisons.select_related("benchmark")
        yield from _compare(
            {_key(row): row for row in comparisons},
            {row.key: _Columns(row) for row in now.comparisons},
            comparison_rows.COLUMNS,
        )


class _Columns:
    """A comparison that is not stored, with the columns of a stored one."""

    def __init__(self, row: ComparisonRow) -> None:
        self.__dict__.update(row.as_columns())


def _key(row: Comparison) -> ComparisonKey:
    code = row.benchmark.code if row.benchmark else ""
    return row.compared_with, row.cohort, row.subject_kind, row.subject, row.statistic, code


def _compare(
    stored: Mapping[Any, Any], found: Mapping[Any, Any], columns: Sequence[str]
) -> Iterator[Difference]:
    for key in sorted(stored.keys() | found.keys()):
        name = " ".join(part for part in key if part)
        if key not in stored or key not in found:
            yield Difference(
                name, "row", "there" if key in stored else "none", "there" if key in found else "none"
            )
            continue
        for column in columns:
            before, now = getattr(stored[key], column), getattr(found[key], column)
            if not _is_same(before, now):
                yield Difference(name, column, before, now)


def _is_same(before: object, now: object) -> bool:
    if isinstance(before, float) and isinstance(now, float):
        return math.isclose(before, now, rel_tol=CLOSE, abs_tol=CLOSE)
    return before == now
