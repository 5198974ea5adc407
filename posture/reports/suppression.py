"""What suppression costs in a release, as a table of the studio."""

from collections.abc import Mapping
from dataclasses import dataclass

from posture.analysis.reasons import SENTENCES, Reason
from posture.analysis.suppression_cost import NumbersOfKind, SuppressionCost
from posture.models import Release


@dataclass(frozen=True)
class KindRow:
    """Counts of numbers; why_range and why_withheld as text, empty where there is no such number."""

    subject_kind: str
    statistic: str
    total: int
    exact: int
    ranges: int
    withheld: int
    why_range: str
    why_withheld: str


@dataclass(frozen=True)
class SuppressionReport:
    """reasons: name and sentence of each that occurs."""

    kinds: list[KindRow]
    reasons: list[tuple[str, str]]


def suppression_report_of(release: Release) -> SuppressionReport | None:
    """None for a release from before reasons were kept."""
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
        kind.statistic,
        kind.total,
        kind.exact,
        sum(kind.ranges.values()),
        sum(kind.withheld.values()),
        _text(kind.ranges),
        _text(kind.withheld),
    )


def _text(reasons: Mapping[Reason, int]) -> str:
    ordered = sorted(reasons.items(), key=lambda one: -one[1])
    return ", ".join(f"{_name(reason)} {count}" for reason, count in ordered)


def _name(reason: Reason) -> str:
    return reason.replace("_", " ")
