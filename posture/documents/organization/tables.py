"""The parts of an organisation's report as tables, which PDF, slides and workbook share."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from posture.charts import number_text
from posture.charts.dumbbell import Dot
from posture.documents import phrases
from posture.documents.tables import Column, Entry, Table, entry
from posture.models.number_address import absolute_address
from posture.reports.organization_actions import OrganizationAction
from posture.reports.organization_frameworks import OwnClause, OwnFramework
from posture.reports.organization_story import OrganizationStory
from posture.reports.own_pairs import OwnPair
from posture.reports.own_verdict import UNKNOWN, Division
from posture.reports.pairs import PairView
from posture.reports.values import Value
from posture.reports.wording import benchmark_base, benchmark_value


def actions_table(story: OrganizationStory) -> Table:
    """Returns the first actions without their reasons, for files with little room."""
    columns = (
        Column(_("Pair"), 1.7),
        Column(_("Result"), 1.1),
        Column(_("Next step"), 4.2),
        Column(_("Usual owner"), 1.2),
    )
    rows = tuple(
        (
            Entry(action.row.view.pair.label),
            Entry(result_words(action)),
            Entry(action.step),
            Entry(action.action.owner),
        )
        for action in story.actions
    )
    return Table(_("What to do first"), "", columns, rows)


def full_actions_table(story: OrganizationStory) -> Table:
    """Returns the first actions with all their texts."""
    headings = (_("Pair"), _("Result"), _("Believed"), _("On record"), _("Gap"), _("Next step"), _("Usual owner"),
                _("Why it matters"), _("Importance, 1 to 5"), _("Why this importance"), _("Clauses"),
                _("Sources"))  # fmt: skip
    rows = tuple(
        (
            Entry(action.row.view.pair.label),
            Entry(result_words(action)),
            _own(action.row.belief, action.row.belief_dot),
            _own(action.row.evidence, action.row.evidence_dot),
            Entry(action.row.gap),
            Entry(action.step),
            Entry(action.action.owner),
            Entry(action.action.matters),
            Entry(str(action.action.importance)),
            Entry(action.action.reason),
            Entry("; ".join(action.clauses)),
            Entry("; ".join(source_words(action))),
        )
        for action in story.actions
    )
    return Table(_("What to do first"), "", tuple(Column(heading, 1) for heading in headings), rows)


def result_words(action: OrganizationAction) -> str:
    return _("Check the records") if action.is_disagreement else action.row.verdict


def source_words(action: OrganizationAction) -> list[str]:
    """Returns the published figures and documents behind an action."""
    figures = [f"{benchmark_value(figure)} {figure.publisher}: {figure.wording}" for figure in action.figures]
    return [*figures, *(f"{source.document} ({source.year})" for source in action.documents)]


def topics_table(story: OrganizationStory) -> Table:
    """Returns the result of each pair, grouped by topic."""
    columns = (Column(_("Topic"), 1.3), Column(_("Pair"), 2.2), Column(_("Result"), 1.5))
    rows = tuple(
        (Entry(title, rows=0 if place else len(pairs)), Entry(pair.view.pair.label), Entry(result_of(pair)))
        for title, pairs in story.report.topics
        for place, pair in enumerate(pairs)
    )
    return Table(_("All pairs by topic"), "", columns, rows)


def pairs_table(pairs: Iterable[OwnPair]) -> Table:
    """Returns the pairs with the numbers of the cohort."""
    columns = (
        Column(_("Pair"), 2.1),
        Column(_("Own belief"), 1.3),
        Column(_("Own evidence"), 1.3),
        Column(_("Result"), 2.1),
        Column(_("Cohort, belief"), 0.9, is_number=True),
        Column(_("Cohort, evidence"), 0.9, is_number=True),
        Column(_("Cohort, gap"), 1, is_number=True),
        Column(_("Base"), 0.6, is_number=True),
    )
    rows = tuple(map(_pair_row, pairs))
    return Table(_("All pairs, with what they rest on"), "", columns, rows)


def _pair_row(pair: OwnPair) -> tuple[Entry, ...]:
    larger = _("Cohort: all organisations") if pair.is_larger else ""
    return (
        Entry(pair.view.pair.label, note=larger),
        _own(pair.belief, pair.belief_dot),
        _own(pair.evidence, pair.evidence_dot),
        _result(pair),
        *_cohort_cells(pair.view),
    )


def _result(pair: OwnPair) -> Entry:
    return Entry(result_of(pair), note=pair.note)


def result_of(pair: OwnPair) -> str:
    return f"{pair.verdict}, {pair.gap}" if pair.gap else pair.verdict


def _own(words: str, dot: Dot | None) -> Entry:
    """Returns an own answer. A time has no number, because it is a band."""
    has_number = dot is not None and words.endswith("%")
    return Entry(words, value=Value(words, "", None, False, dot) if has_number else None)


def _cohort_cells(view: PairView) -> tuple[Entry, ...]:
    """Returns belief, evidence, gap and base of the cohort, as the page shows them."""
    nothing = Entry(number_text.MISSING)
    if view.gap.is_withheld:
        return nothing, nothing, entry(view.gap), Entry(phrases.base_words(view.gap))
    if not view.gap.base:
        return nothing, nothing, nothing, nothing
    base = Entry(str(view.gap.base))
    belief, evidence = view.typical
    gap = nothing if view.medians is not None else entry(view.gap, note=view.gap.interval)
    return entry(belief), entry(evidence), gap, base


def _counts(division: Division) -> Iterator[Entry]:
    """Yields how many pairs are over-confident, aligned and unknown."""
    yield from (Entry(str(division.counts[kind])) for kind in ("over", "aligned", UNKNOWN))


def waves_table(story: OrganizationStory) -> Table:
    columns = (
        Column(_("Wave"), 3),
        Column(_("Over-confident"), 1, is_number=True),
        Column(_("Aligned"), 1, is_number=True),
        Column(_("Unknown"), 1, is_number=True),
        Column(_("Evidence score"), 1.2, is_number=True),
    )
    rows = tuple(
        (
            Entry(wave.title),
            *_counts(wave.division),
            Entry(wave.score or number_text.MISSING),
        )
        for wave in story.report.waves
    )
    return Table(_("Over the waves"), "", columns, rows)


def scores_table(story: OrganizationStory) -> Table:
    columns = (
        Column(_("Domain"), 2.2),
        Column(_("You"), 0.8, is_number=True),
        Column(_("Answered"), 1, is_number=True),
        Column(_("Mean of the cohort"), 0.9, is_number=True),
        Column(_("Position"), 2.6),
    )
    rows = tuple(
        (
            Entry(score.title),
            Entry(score.value),
            Entry(score.answered_items),
            entry(score.cohort),
            Entry(score.standing),
        )
        for score in story.report.scores
    )
    intro = _(
        "What the records show, from 0, nothing in place, to 100, everything in place. It says nothing about beliefs."
    )
    return Table(_("Evidence score"), intro, columns, rows)


def published_table(story: OrganizationStory) -> Table:
    """Returns the published figures in the unit of each pair."""
    columns = (
        Column(_("Pair"), 1.7),
        Column(_("Published"), 0.8, is_number=True),
        Column(_("Publisher"), 1.2),
        Column(_("What it says"), 3),
        Column(_("Comparable"), 1.2),
    )
    rows = tuple(row for pair in story.report.pairs for row in _published_rows(pair))
    return Table(_("Published figures beside these pairs"), "", columns, rows)


def _published_rows(pair: OwnPair) -> Iterator[tuple[Entry, ...]]:
    marks = pair.view.marks
    for place, mark in enumerate(marks):
        figure = mark.benchmark
        closeness = _("Close, grade {grade}.") if mark.is_close else _("Not like for like, grade {grade}.")
        yield (
            Entry(pair.view.pair.label, rows=0 if place else len(marks)),
            Entry(benchmark_value(figure), absolute_address(figure.get_absolute_url())),
            Entry(figure.publisher),
            Entry(figure.wording, note=benchmark_base(figure)),
            Entry(closeness.format(grade=figure.grade)),
        )


def frameworks_table(story: OrganizationStory) -> Table:
    """Returns one row for each edition: how the pairs at its clauses divide."""
    columns = (
        Column(_("Framework"), 3),
        Column(_("Clauses"), 0.8, is_number=True),
        Column(_("Pairs"), 0.8, is_number=True),
        Column(_("Over-confident"), 1, is_number=True),
        Column(_("Aligned"), 0.8, is_number=True),
        Column(_("Unknown"), 0.8, is_number=True),
    )
    rows = tuple(
        (
            Entry(framework.name),
            Entry(str(len(framework.clauses))),
            Entry(str(framework.division.total)),
            *_counts(framework.division),
        )
        for framework in story.frameworks
    )
    intro = _(
        "Clauses that questions or first actions refer to. The assignment is our reading, not an official one."
    )
    return Table(_("Frameworks"), intro, columns, rows)


def framework_table(framework: OwnFramework) -> Table:
    """Returns the clauses of one edition with the results of their pairs."""
    columns = (
        Column(_("Clause"), 3),
        Column(_("Pair"), 1.8),
        Column(_("Result"), 1.5),
        Column(_("First action"), 0.7, is_number=True),
    )
    rows = tuple(row for clause in framework.clauses for row in _clause_rows(clause))
    intro = _("The assignment of questions to clauses is our reading, not an official mapping.")
    return Table(framework.name, f"{intro} {framework.framework.attribution}", columns, rows)


def _clause_rows(clause: OwnClause) -> Iterator[tuple[Entry, ...]]:
    title = f"{clause.clause.code} {clause.clause.title}".strip()
    for place, row in enumerate(clause.pairs):
        pair = row.pair
        yield (
            Entry(title, rows=0 if place else len(clause.pairs)),
            Entry(pair.view.pair.label),
            Entry(result_of(pair)),
            Entry(number_text.MISSING if row.number is None else str(row.number)),
        )
