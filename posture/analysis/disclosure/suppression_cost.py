"""Computes the suppression cost: for each kind of number how many rows are shown exactly, as a range or not at all,
and why.

Source   METHODS.md, "What is withheld".
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from pydantic import BaseModel, ConfigDict

from posture.analysis.estimates.reasons import PUBLIC, PublicReason, Reason
from posture.analysis.estimates.rows import SUPPRESSED, Row

EXACT, RANGE, WITHHELD = "exact", "range", "withheld"
PublicCount = tuple[str, str, str, PublicReason | str, int]


class NumbersOfKind(BaseModel):
    """Counts of rows of one kind in all cohorts. ranges: shown as "at most" or "at least"."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject_kind: str
    statistic: str
    exact: int
    ranges: dict[Reason, int]
    withheld: dict[Reason, int]

    @property
    def total(self) -> int:
        return self.exact + sum(self.ranges.values()) + sum(self.withheld.values())


class SuppressionCost(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    kinds: tuple[NumbersOfKind, ...]

    def public_counts(self) -> Iterator[PublicCount]:
        """The counts for readers: kind of subject, statistic, way of showing, reason (empty for exact numbers),
        number of rows."""
        for kind in self.kinds:
            name = kind.subject_kind, kind.statistic
            yield *name, EXACT, "", kind.exact
            for exactness, reasons in ((RANGE, kind.ranges), (WITHHELD, kind.withheld)):
                for public, count in sorted(_merged(reasons).items()):
                    yield *name, exactness, public, count


def _merged(reasons: dict[Reason, int]) -> dict[PublicReason, int]:
    counts: Counter[PublicReason] = Counter()
    for reason, count in reasons.items():
        counts[PUBLIC[reason]] += count
    return dict(counts)


def suppression_cost(rows: Iterable[Row]) -> SuppressionCost:
    """Counts the rows by kind, in the order of their first row. Raises ValueError for a row that is not exact and has
    no reason."""
    counts: dict[tuple[str, str], dict[str, Counter[Reason]]] = defaultdict(
        lambda: {RANGE: Counter(), WITHHELD: Counter()}
    )
    exact: Counter[tuple[str, str]] = Counter()
    for row in rows:
        kind = row.subject_kind, row.statistic
        inexact_counts = counts[kind]
        if row.status != SUPPRESSED and not row.bound:
            exact[kind] += 1
        elif row.reason is None:
            raise ValueError(f"{row.subject} {row.statistic} {row.cohort} has no reason")
        else:
            inexact_counts[WITHHELD if row.status == SUPPRESSED else RANGE][row.reason] += 1
    return SuppressionCost(
        kinds=tuple(
            NumbersOfKind(
                subject_kind=subject_kind,
                statistic=statistic,
                exact=exact[subject_kind, statistic],
                ranges=dict(sorted(inexact_counts[RANGE].items())),
                withheld=dict(sorted(inexact_counts[WITHHELD].items())),
            )
            for (subject_kind, statistic), inexact_counts in counts.items()
        )
    )
