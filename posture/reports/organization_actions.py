"""What an organisation does first: the ranked pairs of its report with the texts of their reviewed actions."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from posture.analysis.answers.wave_data import DONT_KNOW
from posture.definitions.actions import Action, Source
from posture.models import PublishedFigure
from posture.releases.queries import benchmarks_by_code
from posture.reports.first_actions import FirstAction, PairResult, first_actions
from posture.reports.organization import OrganizationReport
from posture.reports.own_pairs import STATE_WORDS, UNRECORDED, OwnPair
from posture.stored_definitions.actions import actions_of


@dataclass(frozen=True)
class OrganizationAction:
    """One entry: the pair as the report shows it, its action, and its rank."""

    row: OwnPair
    action: Action
    rank: FirstAction
    figures: tuple[PublishedFigure, ...]

    @property
    def step(self) -> str:
        return self.action.step(self.rank.type)

    @property
    def is_disagreement(self) -> bool:
        return self.rank.type == "disagreement"

    @property
    def documents(self) -> list[Source]:
        return [source for source in self.action.sources if source.document]

    @property
    def clauses(self) -> list[str]:
        """Returns the clauses by framework, for example "CSF 2.0: DE.CM-09, PR.PS-04"."""
        by_framework = groupby(
            self.action.frameworks, key=lambda clause: f"{clause.framework} {clause.edition}"
        )
        return [f"{name}: {', '.join(clause.code for clause in clauses)}" for name, clauses in by_framework]


def organization_actions(report: OrganizationReport) -> list[OrganizationAction]:
    """Returns at most five entries, the most important first; none for a questionnaire without actions."""
    actions = actions_of(report.participation.wave.questionnaire.slug)
    if not actions:
        return []
    importance = {code: action.importance for code, action in actions.items()}
    ranked = first_actions(map(_result, report.pairs), importance)
    rows = {row.view.pair.code: row for row in report.pairs}
    figures = _figures(actions[entry.pair] for entry in ranked)
    return [
        OrganizationAction(
            row=rows[entry.pair],
            action=actions[entry.pair],
            rank=entry,
            figures=tuple(
                figures[source.benchmark]
                for source in actions[entry.pair].sources
                if source.benchmark in figures
            ),
        )
        for entry in ranked
    ]


def _result(row: OwnPair) -> PairResult:
    pair = row.view.pair
    is_unknown = row.verdict_kind == "no_evidence" and row.evidence == str(STATE_WORDS[DONT_KNOW])
    kind = "under" if row.verdict_kind == UNRECORDED else row.verdict_kind
    return PairResult(
        pair=pair.code,
        kind="dont_know" if is_unknown else kind,
        gap=row.gap_value,
        gap_kind=pair.gap,
        has_direction=pair.direction != "none",
    )


def _figures(actions: Iterable[Action]) -> dict[str, PublishedFigure]:
    """Returns the published figures that the actions quote, without disputed ones."""
    codes = {source.benchmark for action in actions for source in action.sources if source.benchmark}
    figures = benchmarks_by_code(codes)
    return {code: figure for code, figure in figures.items() if not figure.disputed}
