"""The pairs and first actions of one organisation by framework and clause, from the reviewed framework files."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse

from posture.definitions.frameworks import Clause, Edition, Framework
from posture.reports.framework_pages import anchor_of
from posture.reports.organization import OrganizationReport
from posture.reports.organization_actions import OrganizationAction
from posture.reports.own_pairs import OwnPair
from posture.reports.own_verdict import Division
from posture.stored_definitions.framework_files import framework_files
from surveys.instrument.questionnaire_definition import FrameworkReference, Questionnaire


@dataclass(frozen=True)
class ClausePair:
    """A pair at a clause. number, step: of its first action; None and empty if it has none."""

    pair: OwnPair
    number: int | None = None
    step: str = ""


@dataclass(frozen=True)
class OwnClause:
    """A clause with the pairs whose questions or first actions refer to it, the most pressing first."""

    clause: Clause
    pairs: tuple[ClausePair, ...]
    address: str


@dataclass(frozen=True)
class OwnFramework:
    """One edition with the clauses that the pairs of the organisation refer to, in the order of the edition."""

    code: str
    framework: Framework
    clauses: tuple[OwnClause, ...]

    @property
    def name(self) -> str:
        return f"{self.framework.title} {self.framework.edition}"

    @property
    def anchor(self) -> str:
        """Returns the id of the section on the page. The name of a file has dots, which an id may have."""
        return f"framework-{self.code}"

    @cached_property
    def division(self) -> Division:
        """Returns how the pairs divide. A pair of several clauses counts once."""
        pairs = (pair.pair for clause in self.clauses for pair in clause.pairs)
        kinds = {pair.view.pair.code: pair.verdict_kind for pair in pairs}
        return Division.of(list(kinds.values()))


def own_frameworks(report: OrganizationReport, actions: Sequence[OrganizationAction]) -> list[OwnFramework]:
    """Returns the editions that a pair or a first action refers to, in the order of their titles."""
    files = framework_files().items()
    frameworks = [_framework(code, file, report, actions) for code, file in files]
    return sorted(
        (framework for framework in frameworks if framework.clauses), key=lambda framework: framework.name
    )


def _framework(
    code: str, file: Framework, report: OrganizationReport, actions: Sequence[OrganizationAction]
) -> OwnFramework:
    page = reverse("posture:framework", args=[code])
    clauses = (
        OwnClause(
            clause=clause,
            pairs=tuple(_pairs_of(report, actions, file.key, clause.code)),
            address=f"{page}#{anchor_of(clause.code)}"
            if _is_asked(report.questionnaire, file, clause)
            else page,
        )
        for clause in file.clauses
    )
    return OwnFramework(code, file, tuple(clause for clause in clauses if clause.pairs))


def _pairs_of(
    report: OrganizationReport, actions: Sequence[OrganizationAction], edition: Edition, clause: str
) -> Iterator[ClausePair]:
    numbered = {entry.action.code: (number, entry.step) for number, entry in enumerate(actions, 1)}
    serving = {entry.action.code for entry in actions if _refers(entry.action.frameworks, edition, clause)}
    for pair in report.pairs:
        code, items = pair.view.pair.code, (pair.view.belief_item, pair.view.evidence_item)
        if code in serving or any(_refers(item.frameworks, edition, clause) for item in items):
            yield ClausePair(pair, *numbered.get(code, ()))


def _is_asked(questionnaire: Questionnaire, file: Framework, clause: Clause) -> bool:
    """Returns whether the page of the edition has the clause: only clauses that questions refer to have a place."""
    return any(_refers(item.frameworks, file.key, clause.code) for item in questionnaire.items)


def _refers(references: Iterable[FrameworkReference], edition: Edition, clause: str) -> bool:
    return any(
        (reference.framework, reference.edition, reference.code) == (*edition, clause)
        for reference in references
    )
