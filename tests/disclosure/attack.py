"""Attacks one release: translates its rows into equations and limits, which the questions then use."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from tests.disclosure.intervals import ends
from tests.disclosure.published import PublicRelease, Row
from tests.disclosure.readings import Meaning, Ratio, Reader
from tests.disclosure.structure import relations_of
from tests.disclosure.system import ROW, Functional, System
from tests.disclosure.truth import TrueAnswers
from tests.disclosure.variables import Terms

EXACT = 1e-6
PRINTED = {"share": 0.005, "percent": 0.5, "points": 0.5, "bands": 0.05, "score": 0.5, "count": 0.5}
STEP = 0.01
BESIDE_FEW, FEW = "_beside_few", 3


@dataclass(frozen=True)
class ReadRow:
    """A row with the sums that it is about. `used`: the reading that holds; None for a withheld row."""

    row: Row
    meaning: Meaning
    used: Ratio | None = None

    def target(self) -> Ratio:
        return self.used or self.meaning.as_named


@dataclass
class Attack:
    """The attack. only_bases: uses only the bases of the rows."""

    release: PublicRelease
    truth: TrueAnswers
    without: str = ""
    only_bases: bool = False
    read: list[ReadRow] = field(default_factory=list)
    not_as_named: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    below_threshold: list[Row] = field(default_factory=list)
    marks: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.k = self.release.threshold
        self.is_weighted = any("_jackknife" in row.method for row in self.release.rows)
        self.system = System(self.release.cohorts)
        self.system.relate(
            relation for relation in relations_of(self.release.definitions) if self._is_used(relation.name)
        )
        reader = Reader(self.release.definitions)
        meanings = [
            (row, meaning) for row in self.release.rows if (meaning := reader.meaning(row)) is not None
        ]
        for row, meaning in meanings:
            self._mark(row, meaning)
        for row, meaning in meanings:
            self._read_row(row, meaning)
        for row in self.release.rows:
            if row.base is not None and row.base < self.k:
                self.below_threshold.append(row)
        if self._is_used("cohorts"):
            for cohorts in self.release.cohorts_of_each:
                self.system.add_families(cohorts)

    def _is_used(self, name: str) -> bool:
        return not self.without or re.search(self.without, name) is None

    # Rows as equations and limits.

    def _read_row(self, row: Row, meaning: Meaning) -> None:
        for ratio in (meaning.as_named, *([meaning.reduced] if meaning.reduced else [])):
            self.system.functional(ratio.terms, row.cohort)
            self.system.functional(((ratio.published_base, 1.0), *ratio.base), row.cohort)
        if (
            row.is_withheld
            or row.value is None
            or row.base is None
            or not self._is_used(f"row {row.statistic}")
        ):
            self.read.append(ReadRow(row, meaning))
            return
        if meaning.kind == "count":
            self.read.append(ReadRow(row, meaning, meaning.as_named))
            if self.only_bases:
                return
            self._equation(f"{row}", meaning.as_named.terms, row.cohort, row.value)
            return
        self.read.append(ReadRow(row, meaning, meaning.as_named))
        limits_no_count = self.is_weighted and (row.bound or meaning.kind in ("lowest", "highest"))
        is_true = limits_no_count or self._is_true(row, meaning, meaning.as_named)
        if not self._is_published_base(row, meaning) or not is_true:
            self.not_as_named.append(f"{row}: {row.bound} {row.value} of {row.base:g}".replace("  ", " "))
        reading = self._reading_of(row, meaning)
        if reading is not None and self._is_base(row, reading):
            self._equation(f"base of {row}", ((reading.published_base, 1.0),), row.cohort, row.base)
        if self.only_bases or limits_no_count:
            return
        if row.bound or meaning.kind != "ratio":
            if self._is_true(row, meaning, meaning.as_named):
                self._value(row, meaning, meaning.as_named)
            self._interval(row, meaning)
            self._count_beside_few(row, meaning)
        elif reading is not None and self._is_base(row, reading) and self._is_true(row, meaning, reading):
            self.read[-1] = ReadRow(row, meaning, reading)
            self._value(row, meaning, reading)
            self._spread(row, meaning)
        else:
            self.unread.append(str(row))

    def _spread(self, row: Row, meaning: Meaning) -> None:
        """The standard error of a difference of paired shares reveals how many organisations differ either way."""
        if row.method != "tango" or row.se is None or row.base is None or row.value is None:
            return
        discordant = row.base * (row.base * (row.se / 100) ** 2 + (row.value / 100) ** 2)
        terms = tuple((variable, 1.0) for variable, _ in meaning.as_named.terms)
        if abs(discordant - round(discordant)) < EXACT * 100 and self.true_value(terms, row.cohort) == round(
            discordant
        ):
            self._equation(f"standard error of {row}", terms, row.cohort, round(discordant))

    def _interval(self, row: Row, meaning: Meaning) -> None:
        """The interval of a range extends from the limit of its least count to that of its greatest."""
        if not row.bound or row.method != "wilson" or row.level is None or not self._is_used("row interval"):
            return
        terms, true = meaning.as_named.terms, self.true_value(meaning.as_named.terms, row.cohort)
        for name, number in ends(row.ci_low, row.ci_high, row.base, row.level):
            sign = -1.0 if name == "least" else 1.0
            if sign * true <= sign * number:
                functional = self.system.functional(terms, row.cohort, sign)
                self.system.limits.add(f"{ROW}interval of {row}", functional, sign * number)

    def _value(self, row: Row, meaning: Meaning, used: Ratio) -> None:
        value = row.value or 0.0
        if meaning.kind == "nobody":
            return
        if meaning.kind == "band":
            least, most = (None, value) if row.bound == "at_most" else (value, None)
        elif meaning.kind == "lowest":
            step = STEP * (100 if row.unit == "percent" else 1)
            least, most = value, value + step
        elif meaning.kind == "highest":
            step = STEP * (100 if row.unit == "percent" else 1)
            least, most = value - step, value
        elif row.bound:
            least, most = (None, value) if row.bound == "at_most" else (value, None)
        elif row.method.endswith("_jackknife"):
            if row.unweighted_value is None:
                return
            half = PRINTED[row.unit] + EXACT
            least, most = row.unweighted_value - half, row.unweighted_value + half
        else:
            total = value * (row.base or 0)
            whole_total = round(total)
            self._equation(
                str(row), used.terms, row.cohort, whole_total if abs(total - whole_total) < EXACT else total
            )
            return
        self._limit(row, used, least, most)

    def _equation(self, reason: str, terms: Terms, cohort: str, right: float) -> None:
        self.system.equations.add(f"{ROW}{reason}", self.system.functional(terms, cohort), right)

    def _limit(self, row: Row, used: Ratio, least: float | None, most: float | None) -> None:
        for end, sign in ((most, 1.0), (least, -1.0)):
            if end is not None:
                terms = (
                    *((variable, sign * factor) for variable, factor in used.terms),
                    *((variable, -sign * end * factor) for variable, factor in used.base),
                )
                self.system.limits.add(f"{ROW}{row}", self.system.functional(terms, row.cohort), 0.0)

    def _count_beside_few(self, row: Row, meaning: Meaning) -> None:
        """Where the method says that the count is exact, it is the bound times the base, or the base and three."""
        if not row.method.endswith(BESIDE_FEW) or row.value is None or row.base is None:
            return
        for extra in range(FEW + 1):
            total = row.value * (row.base + extra)
            if abs(total - round(total)) < EXACT * row.base and self._is_count(row, meaning, round(total)):
                self._equation(f"count of {row}", meaning.as_named.terms, row.cohort, round(total))
                return

    def _is_count(self, row: Row, meaning: Meaning, total: int) -> bool:
        return self.true_value(meaning.as_named.terms, row.cohort) == total

    # Which reading of a row holds. The method marks "reduced", and one decision holds for all numbers of an item or
    # pair in a cohort; where all are published as ranges the base stays unknown.

    def _mark(self, row: Row, meaning: Meaning) -> None:
        if row.is_withheld or meaning.reduced is None or meaning.kind != "ratio":
            return
        key = self._marked(row, meaning)
        if row.method.endswith(BESIDE_FEW):
            self.marks[key] = "reduced"
        elif not row.bound:
            self.marks.setdefault(key, "as_named")

    @staticmethod
    def _marked(row: Row, meaning: Meaning) -> tuple[str, str, str]:
        return row.release, meaning.decided_with, row.cohort

    def _reading_of(self, row: Row, meaning: Meaning) -> Ratio | None:
        if meaning.reduced is None:
            return meaning.as_named
        mark = self.marks.get(self._marked(row, meaning))
        return None if mark is None else meaning.reduced if mark == "reduced" else meaning.as_named

    def _is_published_base(self, row: Row, meaning: Meaning) -> bool:
        """A bound holds on the base of its name and may show the base of the others."""
        is_reduced = bool(row.bound) and meaning.reduced is not None and self._is_base(row, meaning.reduced)
        return is_reduced or self._is_base(row, meaning.as_named)

    def _is_base(self, row: Row, ratio: Ratio) -> bool:
        return self.true_value(((ratio.published_base, 1.0),), row.cohort) == row.base

    def _is_true(self, row: Row, meaning: Meaning, ratio: Ratio) -> bool:
        base, shown_value = self.true_value(ratio.base, row.cohort), row.value or 0.0
        value = self.true_value(ratio.terms, row.cohort) / base if base else 0.0
        step = STEP * (100 if row.unit == "percent" else 1)
        if row.bound:
            return value <= shown_value + EXACT if row.bound == "at_most" else value >= shown_value - EXACT
        if meaning.kind == "lowest":
            return shown_value - EXACT <= value <= shown_value + step + EXACT
        if meaning.kind == "highest":
            return shown_value - step - EXACT <= value <= shown_value + EXACT
        if row.method.endswith("_jackknife"):
            shown_value = shown_value if row.unweighted_value is None else row.unweighted_value
            return row.unweighted_value is None or abs(value - shown_value) <= PRINTED[row.unit] + EXACT
        return abs(value - shown_value) < EXACT

    # The truth.

    @cached_property
    def _members(self) -> dict[str, np.ndarray]:
        return {cohort: self.truth.members(cohort) for cohort in self.release.cohorts}

    def members(self, cohort: str) -> np.ndarray:
        return self._members[cohort]

    @cached_property
    def _vectors(self) -> dict[object, np.ndarray]:
        return {}

    def vector(self, variable: object) -> np.ndarray:
        if variable not in self._vectors:
            self._vectors[variable] = self.truth.vector(variable)  # type: ignore[arg-type]
        return self._vectors[variable]

    def true_value(self, terms: Terms, cohort: str) -> float:
        return sum(
            factor * float(self.vector(variable)[self._members[cohort]].sum()) for variable, factor in terms
        )

    @cached_property
    def true_columns(self) -> np.ndarray:
        table = np.array([self.vector(variable) for variable in self.system.variables])
        members = np.array([self._members[cohort] for cohort in self.system.cohorts], dtype=float)
        return (table @ members.T).ravel()

    def true_of(self, functional: Functional) -> float:
        return sum(factor * self.true_columns[place] for place, factor in functional.items())

    # Conditions under which the attack itself is right.

    def wrong_relations(self) -> Iterator[str]:
        """Yields relations that the answers contradict: faults of the attack, or rows that are not true."""
        for rows, is_equality in ((self.system.equations, True), (self.system.limits, False)):
            excess = rows.matrix(self.system.columns) @ self.true_columns - np.array(rows.rights)
            is_violated = np.abs(excess) > EXACT * 100 if is_equality else excess > EXACT * 100
            yield from (
                f"{rows.reasons[place]}: off by {excess[place]:g}" for place in np.flatnonzero(is_violated)
            )
