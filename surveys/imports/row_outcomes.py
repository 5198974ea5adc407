"""The outcome of each row of an imported file, and their counts."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from surveys.imports.mapping import CellProblem


class RowOutcomeKind(StrEnum):
    INSERTED = "inserted"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class Remark:
    """A part of a row that is not taken: its line in the file, the column, and the reason."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.reason}"


@dataclass(frozen=True)
class RowOutcome:
    line: int
    outcome: RowOutcomeKind
    remarks: tuple[Remark, ...] = ()


def rejected(line: int, problems: Iterable[CellProblem]) -> RowOutcome:
    return RowOutcome(
        line,
        RowOutcomeKind.REJECTED,
        tuple(Remark(line, problem.column, problem.reason) for problem in problems),
    )


@dataclass
class ImportReport:
    """Counts of outcomes, and remarks on rows. `notes` lists assumptions about the file, and columns and lines not
    taken."""

    counts: dict[RowOutcomeKind, int] = field(default_factory=lambda: dict.fromkeys(RowOutcomeKind, 0))
    remarks: list[Remark] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, outcomes: Iterable[RowOutcome]) -> None:
        for outcome in outcomes:
            self.counts[outcome.outcome] += 1
            self.remarks += outcome.remarks

    @property
    def read(self) -> int:
        return sum(self.counts.values())


def outcome_counts(outcomes: Iterable[RowOutcome]) -> Counter[RowOutcomeKind]:
    return Counter(outcome.outcome for outcome in outcomes)
