"""The suppression cost of a release as a table of the studio."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from posture.analysis.disclosure.suppression_cost import NumbersOfKind, SuppressionCost
from posture.analysis.estimates.reasons import SENTENCES, Reason
from posture.models import Release
from posture.reports.derived import compared_statistic, comparison_kind

STATISTICS = {
    "nonresponse": _("band of what was left open"),
    "blank": _("left open"),
    "routed_out": _("not asked"),
    "not_applicable": _("does not apply"),
    "share_with_dont_know": _("share with “don't know” in the base"),
    "share_without_dont_know": _("share without “don't know” in the base"),
    "lowest_possible_of_all": _("lowest possible, of all organisations"),
    "highest_possible_of_all": _("highest possible, of all organisations"),
    "over": "type: over-confident",
    "aligned": "type: aligned",
    "under": "type: under-confident",
    "no_evidence": "type: no evidence",
    "gap_over": _("over-confident, of those with both halves"),
    "gap_under": _("under-confident, of those with both halves"),
    "belief_dont_know": _("“don't know” about the belief"),
    "evidence_dont_know": _("“don't know” about the evidence"),
    "evidence_estimated": _("evidence estimated without records"),
    "single_informant_gap": _("gap where one person answered both halves"),
}
REASONS = {
    Reason.FEW_PUBLISHABLE: _("remaining base too small"),
    Reason.BESIDE_FEW: _("few not shown"),
    Reason.FOLLOWS: _("would let others follow"),
    Reason.NEEDS: _("would reveal others"),
    Reason.AUDIT_GROUPS: _("small group, by the audit"),
    Reason.AUDIT_NUMBERS: _("number follows, by the audit"),
    Reason.BAND: _("always a band"),
    Reason.NOT_IN_BOTH: _("compared number not exact"),
}


@dataclass(frozen=True)
class KindRow:
    """Counts of numbers of one kind; kind, statistic and reasons as text, empty if there is no such number."""

    subject_kind: str
    statistic: str
    total: int
    exact: int
    ranges: int
    withheld: int
    range_reasons: str
    withheld_reasons: str


@dataclass(frozen=True)
class SuppressionReport:
    """reasons: name and sentence of each reason that occurs."""

    kinds: list[KindRow]
    reasons: list[tuple[str, str]]


def suppression_report_of(release: Release) -> SuppressionReport | None:
    """Returns the table; None for a release from before reasons were stored."""
    if not release.suppression:
        return None
    kinds = SuppressionCost.model_validate(release.suppression).kinds
    occurring = {reason for kind in kinds for reason in (*kind.ranges, *kind.withheld)}
    return SuppressionReport(
        [_row(kind) for kind in kinds],
        [(_name(reason), sentence) for reason, sentence in SENTENCES.items() if reason in occurring],
    )


def _row(kind: NumbersOfKind) -> KindRow:
    return KindRow(
        kind.subject_kind,
        _statistic(kind.statistic),
        kind.total,
        kind.exact,
        sum(kind.ranges.values()),
        sum(kind.withheld.values()),
        _text(kind.ranges),
        _text(kind.withheld),
    )


def _statistic(code: str) -> str:
    base_statistic = compared_statistic(code)
    label = str(STATISTICS.get(base_statistic, base_statistic.replace("_", " ")))
    kind = comparison_kind(code)
    return f"{label}, {kind[0]}" if kind else label


def _text(reasons: Mapping[Reason, int]) -> str:
    ordered = sorted(reasons.items(), key=lambda pair: -pair[1])
    return "; ".join(f"{_name(reason)}: {count}" for reason, count in ordered)


def _name(reason: Reason) -> str:
    return str(REASONS.get(reason, reason.replace("_", " ")))
