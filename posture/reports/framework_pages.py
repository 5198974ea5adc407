"""The pages of frameworks: the clauses that questions refer to, with the released numbers of these questions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from posture.definitions.frameworks import Clause, Edition, Framework
from posture.reports.framework_results import ItemRow, PairRow, Source, item_row, pair_row, source_of
from posture.stored_definitions.framework_files import framework_files, newest_with_frameworks
from surveys.instrument.questionnaire_definition import Item, Questionnaire


@dataclass(frozen=True)
class FrameworkSummary:
    """One edition with the number of its clauses that questions refer to, of references and of questions."""

    code: str
    framework: Framework
    clauses: int
    references: int
    questions: int


@dataclass(frozen=True)
class ClauseView:
    """The questions that refer to a clause, and their pairs. earlier: the same clause in the earlier edition."""

    clause: Clause
    earlier: Clause | None
    pairs: tuple[PairRow, ...]
    items: tuple[ItemRow, ...]

    @property
    def anchor(self) -> str:
        return anchor_of(self.clause.code)

    @property
    def references(self) -> int:
        return len(self.items)


@dataclass(frozen=True)
class FrameworkPage:
    """unasked: clauses of the file that no question refers to."""

    summary: FrameworkSummary
    clauses: tuple[ClauseView, ...]
    unasked: tuple[Clause, ...]
    sources: tuple[Source, ...]
    earlier_code: str
    earlier: Framework | None

    @property
    def widest(self) -> PairRow | None:
        """Returns the pair with the widest gap of those that are clearly above zero; time bands have no such gap."""
        clear = {code for source in self.sources for code in source.clear}
        rows = [row for view in self.clauses for row in view.pairs]
        known = [row for row in rows if row.pair.code in clear and row.pair.direction != "none"]
        gaps = [(row.gap, row) for row in known if row.gap is not None]
        return max(gaps, key=lambda entry: entry[0])[1] if gaps else None


@dataclass(frozen=True)
class ClauseLink:
    """A link to a clause on the page of its edition."""

    framework: Framework
    clause: Clause
    address: str


def anchor_of(clause: str) -> str:
    return "clause-" + re.sub(r"[^A-Za-z0-9.]+", "-", clause).strip("-")


def framework_summaries() -> list[FrameworkSummary]:
    """Returns the editions that the newest questionnaires refer to, in the order of their titles."""
    questionnaires = newest_with_frameworks()
    summaries = (_summary(code, file, questionnaires) for code, file in framework_files().items())
    return sorted(
        (summary for summary in summaries if summary.references),
        key=lambda summary: (summary.framework.title, summary.framework.edition),
    )


def framework_page(code: str) -> FrameworkPage | None:
    """Returns the page of one edition; None if there is no such edition or no question refers to it."""
    files = framework_files()
    questionnaires = newest_with_frameworks()
    if code not in files or not (summary := _summary(code, files[code], questionnaires)).references:
        return None
    file = files[code]
    sources = tuple(
        source_of(questionnaire) for questionnaire in questionnaires if _items(questionnaire, file.key)
    )
    earlier = files.get(file.earlier_edition)
    views = [_clause_view(file, clause, earlier, sources) for clause in file.clauses]
    return FrameworkPage(
        summary=summary,
        clauses=tuple(view for view in views if view.references),
        unasked=tuple(view.clause for view in views if not view.references),
        sources=sources,
        earlier_code=file.earlier_edition,
        earlier=earlier,
    )


def clause_links(benchmark: str) -> list[ClauseLink]:
    """Returns the clauses that the questions refer to which are compared with a published figure."""
    questions = [
        item
        for questionnaire in newest_with_frameworks()
        for item in questionnaire.items
        if benchmark in {link.benchmark for link in item.benchmarks}
    ]
    referred = {
        (reference.framework, reference.edition, reference.code)
        for item in questions
        for reference in item.frameworks
    }
    return [
        ClauseLink(file, clause, f"{reverse('posture:framework', args=[code])}#{anchor_of(clause.code)}")
        for code, file in framework_files().items()
        for clause in file.clauses
        if (*file.key, clause.code) in referred
    ]


def _summary(code: str, file: Framework, questionnaires: list[Questionnaire]) -> FrameworkSummary:
    items = [item for questionnaire in questionnaires for item in _items(questionnaire, file.key)]
    referred = [clause for item in items for clause in _clauses_of(item, file.key)]
    return FrameworkSummary(code, file, len(set(referred)), len(referred), len(items))


def _items(questionnaire: Questionnaire, edition: Edition) -> list[Item]:
    return [item for item in questionnaire.items if any(_clauses_of(item, edition))]


def _clauses_of(item: Item, edition: Edition) -> Iterator[str]:
    for reference in item.frameworks:
        if (reference.framework, reference.edition) == edition:
            yield reference.code


def _clause_view(
    file: Framework, clause: Clause, earlier: Framework | None, sources: tuple[Source, ...]
) -> ClauseView:
    pairs: list[PairRow] = []
    rows: list[ItemRow] = []
    for source in sources:
        items = source.questionnaire.items
        referring = [item for item in items if clause.code in _clauses_of(item, file.key)]
        rows += [item_row(source, item) for item in referring]
        codes = dict.fromkeys(item.pair for item in referring if item.pair)
        pairs += [pair_row(source, source.questionnaire.pair(code)) for code in codes]
    same = [other for other in earlier.clauses if other.code == clause.renumbers] if earlier else []
    return ClauseView(clause, same[0] if same else None, tuple(pairs), tuple(rows))
