"""What verify.py reads and what it notes."""

from __future__ import annotations

import csv
import math
from collections import Counter
from pathlib import Path

from formulas import EXACT

Row = dict[str, str]


class Book:
    """What was derived, and what disagreed."""

    def __init__(self) -> None:
        self.derived: Counter[str] = Counter()
        self.disagreements: list[str] = []

    def same(
        self, kind: str, name: str, published: object, derived: object, tolerance: float = EXACT
    ) -> None:
        self.derived[kind] += 1
        if isinstance(published, float) and isinstance(derived, float):
            agrees = math.isclose(published, derived, rel_tol=tolerance, abs_tol=tolerance)
        else:
            agrees = published == derived
        if not agrees:
            self.disagreements.append(f"{name}: published {published}, derived {derived}")

    def holds(self, kind: str, name: str, is_true: bool, what: str) -> None:
        self.derived[kind] += 1
        if not is_true:
            self.disagreements.append(f"{name}: {what}")


def number(text: str) -> float | None:
    return float(text) if text else None


def exact(text: str) -> float:
    """Of a cell that is never empty where it is read."""
    return float(text)


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def key(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in ("subject_kind", "subject", "statistic", "option", "cohort"))


def named(row: Row) -> str:
    return " ".join(part for part in key(row) if part)
