"""Audits the rows of a release by another method than suppression. It checks every pair of published cells, their
sums and their complements, and then every combination of any number of cells that leaves a small group. Its only
input about the release are the rows.

Source   METHODS.md, "What is withheld".
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from posture.analysis.answers.scoring import Score
from posture.analysis.answers.wave_data import Cohort, WaveData
from posture.analysis.disclosure.cell_groups import CellGroups
from posture.analysis.disclosure.content import Content, content_of
from posture.analysis.disclosure.counts_of_cohorts import CountsOfCohorts
from posture.analysis.disclosure.linear_audit import LinearAudit
from posture.analysis.disclosure.linear_constraints.counts import Derivation
from posture.analysis.disclosure.linear_system import LinearSystem
from posture.analysis.estimates.cells import Exposure, Series
from posture.analysis.estimates.rows import PUBLISHED, Identity, identity
from posture.definitions.indicators import Indicator
from surveys.instrument.cohorts import ALL, CROSSED
from surveys.instrument.questionnaire_definition import Questionnaire

ZERO_WITHIN = 1e-5


class PublishedCell(NamedTuple):
    """A published cell, and the organisations whose answers to a variable it counts."""

    name: str
    cohort: str
    members: np.ndarray


class _Exposed(NamedTuple):
    """The part of a cell that reveals something about a variable."""

    name: str
    cohort: Cohort
    exposure: Exposure

    @property
    def published_cell(self) -> PublishedCell:
        return PublishedCell(self.name, self.cohort.slug, self.exposure.members & self.cohort.members)


class _Cell(NamedTuple):
    """A series in a cohort. identities: of its rows, one of which must be published."""

    series: int
    cohort: Cohort
    identities: list[Identity]
    exposed: list[_Exposed]


RowLike = Any


@dataclass(frozen=True)
class Objection:
    """A finding. Either fewer than k organisations can be derived from these published cells. Or the variable is one
    number that is not shown exactly, and it can be derived from all published cells. is_minor: suppression receives
    it once, and it does not block a release."""

    variable: str
    cells: tuple[str, ...]
    organizations: int
    derivation: Derivation | None = None
    is_minor: bool = False

    def __str__(self) -> str:
        if self.derivation is not None and self.derivation.cell is None:
            return f"{self.variable} of {self.cells[0]} follows from all published numbers together"
        return f"{self.organizations} organisations follow from {' and '.join(self.cells)} ({self.variable})"


def audit(
    rows: Sequence[RowLike],
    data: WaveData,
    questionnaire: Questionnaire,
    indicators: tuple[Indicator, ...],
    scores: Sequence[Score] = (),
    *,
    k: int,
) -> list[Objection]:
    """Audits the rows of a release. Empty if nothing about fewer than k organisations can be derived."""
    return Audit(content_of(data, questionnaire, indicators, scores), k=k).objections(rows)


class Audit:
    """Audits the rows of a release repeatedly while they change; unchanged parts are not searched again."""

    def __init__(self, content: Content, *, k: int) -> None:
        self.content, self.k = content, k
        self._counts = CountsOfCohorts(content.relations, content.cohorts, content.tallies)
        self._linear = LinearAudit()
        self._cells = _cells_of(content.series, content.cohorts, k)
        self._left: dict[tuple[int, tuple[str, ...]], list[Objection]] = {}
        self._searched: dict[str, tuple[list[tuple[str, str]], list[Objection]]] = {}

    def objections(self, rows: Sequence[RowLike]) -> list[Objection]:
        """The objections to the rows. Empty if nothing about fewer than k organisations can be derived."""
        published = {identity(row) for row in rows if row.status == PUBLISHED}
        visible_cells = [cell for cell in self._cells if not published.isdisjoint(cell.identities)]
        by_series: dict[int, list[Cohort]] = defaultdict(list)
        for cell in visible_cells:
            by_series[cell.series].append(cell.cohort)
        objections: list[Objection] = []
        for number in range(len(self.content.series)):
            objections += self._left_over(number, by_series[number])
        for variable, parts in _by_variable(visible_cells).items():
            objections += self._following(variable, parts)
        return objections + list(self._values(rows))

    def _left_over(self, number: int, published_cohorts: Sequence[Cohort]) -> list[Objection]:
        key = number, tuple(cohort.slug for cohort in published_cohorts)
        if key not in self._left:
            series = self.content.series[number]
            self._left[key] = list(_left_over(series, published_cohorts, self.content.cohorts, self.k))
        return self._left[key]

    def _following(self, variable: str, parts: Sequence[_Exposed]) -> list[Objection]:
        names = [(part.name, part.cohort.slug) for part in parts]
        before = self._searched.get(variable)
        if before is None or before[0] != names:
            before = self._searched[variable] = (
                names,
                objections_about(variable, [part.published_cell for part in parts], self.k),
            )
        return before[1]

    def _values(self, rows: Sequence[RowLike]) -> Iterator[Objection]:
        """Objections to numbers that the linear audit derives. It is no objection that no organisation said "don't
        know", which follows if all who were asked gave another answer. An objection to the number that left an item
        open is minor. Hiding either would hide whole items."""
        for finding in self._linear.findings(LinearSystem(self._counts, rows), k=self.k):
            count, derivation = (
                self.content.relations.of(finding.name),
                Derivation(finding.name, finding.cohort),
            )
            if not (count.is_unknown and abs(finding.high) < ZERO_WITHIN):
                yield Objection(
                    finding.name,
                    (finding.cohort,),
                    finding.organizations,
                    derivation,
                    is_minor=count.is_silence,
                )


def audit_together(
    releases: Sequence[tuple[Iterable[RowLike], WaveData]],
    questionnaire: Questionnaire,
    indicators: tuple[Indicator, ...],
    scores: Sequence[Score] = (),
    *,
    k: int,
) -> list[Objection]:
    """Derives numbers from several releases of the same answers, whose cohorts may differ."""
    cells_by_variable: dict[str, list[PublishedCell]] = defaultdict(list)
    for rows, data in releases:
        for variable, cells in published_cells(rows, data, questionnaire, indicators, scores, k=k).items():
            cells_by_variable[variable] += cells
    return [
        objection
        for variable, cells in cells_by_variable.items()
        for objection in objections_about(variable, cells, k)
    ]


def published_cells(
    rows: Iterable[RowLike],
    data: WaveData,
    questionnaire: Questionnaire,
    indicators: tuple[Indicator, ...],
    scores: Sequence[Score],
    *,
    k: int,
) -> dict[str, list[PublishedCell]]:
    published = {identity(row) for row in rows if row.status == PUBLISHED}
    content = content_of(data, questionnaire, indicators, scores)
    cells = _cells_of(content.series, content.cohorts, k)
    by_variable = _by_variable(cell for cell in cells if not published.isdisjoint(cell.identities))
    return {variable: [part.published_cell for part in parts] for variable, parts in by_variable.items()}


def _cells_of(series: Iterable[Series], cohorts: Sequence[Cohort], k: int) -> list[_Cell]:
    """All cells, every cohort of the first series, then of the second."""
    return [
        _Cell(number, cohort, cell_series.identities_in(cohort), list(_exposed(cell_series, cohort, k)))
        for number, cell_series in enumerate(series)
        for cohort in cohorts
    ]


def _exposed(series: Series, cohort: Cohort, k: int) -> Iterator[_Exposed]:
    for exposure in series.exposes:
        least = k if exposure.only_from_k else 1 if exposure.may_be_empty else 0
        if np.count_nonzero(exposure.members & cohort.members) >= least:
            yield _Exposed(f"{series.kind} {series.subject}", cohort, exposure)


def _by_variable(cells: Iterable[_Cell]) -> dict[str, list[_Exposed]]:
    parts_by_variable: dict[str, list[_Exposed]] = defaultdict(list)
    for cell in cells:
        for part in cell.exposed:
            parts_by_variable[part.exposure.variable].append(part)
    return parts_by_variable


def objections_about(variable: str, cells: Sequence[PublishedCell], k: int) -> list[Objection]:
    groups = CellGroups([cell.members for cell in cells])
    return list(_combined(variable, cells, groups, k)) or list(_combinations(variable, cells, groups, k))


def _left_over(
    series: Series, published_cohorts: Sequence[Cohort], cohorts: Sequence[Cohort], k: int
) -> Iterator[Objection]:
    """Objections to all organisations minus the shown cohorts of a dimension."""
    total = next((cohort for cohort in published_cohorts if cohort.dimension == ALL), None)
    if total is None:
        return
    for dimension in {cohort.dimension for cohort in cohorts} - {ALL}:
        parts = [cohort for cohort in published_cohorts if cohort.dimension == dimension]
        for exposure in series.exposes if parts else ():
            rest = exposure.members & ~np.logical_or.reduce([cohort.members for cohort in parts])
            if 0 < np.count_nonzero(rest) < k:
                cells = (f"{series.kind} {series.subject} all", f"its cohorts of {dimension}")
                smallest = min(parts, key=lambda cohort: np.count_nonzero(exposure.members & cohort.members))
                derivation = Derivation(exposure.variable, smallest.slug, series.key)
                yield Objection(exposure.variable, cells, int(np.count_nonzero(rest)), derivation)


def _combined(
    variable: str, cells: Sequence[PublishedCell], groups: CellGroups, k: int
) -> Iterator[Objection]:
    """Objections to single cells, one cell inside another, and two disjoint cells inside a third."""
    common = groups.common()
    sizes = np.diagonal(common)
    for number in groups.numbers:
        if sizes[number] < k:
            first = cells[groups.firsts[number]]
            yield _about_cells(variable, (f"{first.name} {first.cohort}",), int(sizes[number]))
    names = [f"{cells[first].name} {cells[first].cohort}" for first in groups.firsts]
    for whole, size in enumerate(sizes):
        inside = np.flatnonzero((common[whole] == sizes) & (sizes > 0))
        inside = inside[inside != whole]
        for part in inside[size - sizes[inside] < k]:
            yield _about_cells(variable, (names[whole], names[part]), int(size - sizes[part]))
        rest = size - sizes[inside][:, None] - sizes[inside]
        is_found = (common[np.ix_(inside, inside)] == 0) & (rest > 0) & (rest < k)
        for first, second in np.argwhere(np.triu(is_found)) if is_found.any() else ():
            pair = names[inside[first]], names[inside[second]]
            yield _about_cells(variable, (names[whole], *pair), int(rest[first, second]))


def _combinations(
    variable: str, cells: Sequence[PublishedCell], groups: CellGroups, k: int
) -> Iterator[Objection]:
    """Objections to combinations of more than three cells."""
    for organizations, places in groups.combinations([_dimension(cell.cohort) for cell in cells], k):
        names = tuple(f"{cells[place].name} {cells[place].cohort}" for place in places)
        yield _about_cells(variable, names, organizations)


def _about_cells(variable: str, cells: tuple[str, ...], organizations: int) -> Objection:
    """An objection that names the first cell that is not about all organisations to suppression."""
    named = next((cell for cell in cells if not cell.endswith(f" {ALL}")), cells[0])
    kind, subject, *_, cohort = named.split(" ")
    return Objection(variable, cells, organizations, Derivation(variable, cohort, (kind, subject)))


def _dimension(cohort: str) -> str:
    return CROSSED.join(part.partition(":")[0] for part in cohort.split(CROSSED))
