"""Reports how one file of expected numbers agrees with the methods."""

import csv
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ComparedValue:
    """One value: its position in the file, the computed value, the expected value. None is a value: no number.
    tolerance: set where this value has another tolerance than its file."""

    label: str
    computed: object
    expected: object
    tolerance: float | None = None

    def error(self, *, relative: bool) -> float:
        """The error of a value: 0 for equal texts, infinity for unequal texts or values of different types."""
        if isinstance(self.computed, int | float) and isinstance(self.expected, int | float):
            if math.isnan(self.computed) or math.isnan(self.expected):
                return 0.0 if math.isnan(self.computed) and math.isnan(self.expected) else math.inf
            distance = abs(self.computed - self.expected)
            return distance / abs(self.expected) if relative and self.expected else distance
        return 0.0 if self.computed == self.expected else math.inf


@dataclass
class FileReport:
    """The report of one file. exempt: tolerance -> worst error, for values that have another tolerance than the
    file."""

    name: str
    tolerance: float
    checked: int = 0
    worst_error: float = 0.0
    failures: list[ComparedValue] = field(default_factory=list)
    exempt: dict[float, float] = field(default_factory=dict)
    note: str = ""

    @property
    def has_passed(self) -> bool:
        return bool(self.checked) and not self.failures and not self.note


def file_report(
    name: str, values: Iterable[ComparedValue], *, tolerance: float, relative: bool = False
) -> FileReport:
    report = FileReport(name, tolerance)
    for value in values:
        error = value.error(relative=relative)
        report.checked += 1
        if value.tolerance is None:
            report.worst_error = max(report.worst_error, error)
        else:
            report.exempt[value.tolerance] = max(report.exempt.get(value.tolerance, 0.0), error)
        if error > (tolerance if value.tolerance is None else value.tolerance):
            report.failures.append(value)
    return report


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def document(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def number(text: str | None) -> float | None:
    """Parses a number; empty and NA are no number."""
    return None if text is None or text.strip() in ("", "NA") else float(text)
