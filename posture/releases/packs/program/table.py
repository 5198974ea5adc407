"""Rows of the released table, and the account of what was derived from them. Part of verify.py."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from formulas import EXACT, Group

Row = dict[str, str]
Table = dict[tuple[str, ...], Row]
CONTRASTS = ("contrast", "contrast_jackknife", "contrast_fpc")
AGAINST_REST = "_vs_rest"


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


def same_interval(
    kind: str, row: Row, limits: tuple[float, float], book: Book, tolerance: float = EXACT
) -> None:
    for column, limit in zip(("ci_low", "ci_high"), limits, strict=True):
        book.same(kind, f"{named(row)}, {column}", number(row[column]), limit, tolerance)


def against_rest(table: Table, method: str) -> Iterator[tuple[Row, Row, Row]]:
    """Each told row of this method, with the row of its cohort and that of all organisations."""
    for identity, row in table.items():
        kind, subject, statistic, option, cohort = identity
        if row["method"] == method and statistic.endswith(AGAINST_REST) and row["value"]:
            plain = statistic.removesuffix(AGAINST_REST)
            own, total = (table[(kind, subject, plain, option, where)] for where in (cohort, "all"))
            yield row, own, total


def degrees(row: Row) -> float:
    """Of Student's t: those of Welch where groups of unequal spread are compared, else the base less one."""
    is_contrast = row["method"] in CONTRASTS and row["effective_base"]
    return exact(row["effective_base"] if is_contrast else row["base"]) - 1


def group_of(row: Row, left: float = 1.0) -> Group:
    """The standard error of a paired share has the base in its denominator, that of a mean the base less one.
    left: the part of the variance that a correction for the size of the frame leaves."""
    base, se = exact(row["base"]), exact(row["se"])
    is_paired_share = row["method"].startswith("tango")
    return Group(exact(row["value"]), se**2 / left * base * (base if is_paired_share else base - 1), base)
