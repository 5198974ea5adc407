"""Comparisons of cohorts with the rest."""

from dataclasses import dataclass

from posture.analysis.estimates.difference_verdicts import DifferenceVerdict
from posture.analysis.release_rows.rest import AGAINST_REST
from posture.definitions.indicators import Indicator
from posture.models import Comparison, Estimate, Release
from posture.reports.values import Value
from surveys.instrument.cohorts import ALL, cohort_label
from surveys.instrument.questionnaire_definition import Questionnaire

WORDS: dict[DifferenceVerdict, str] = {
    "withheld": "Withheld.",
    "break": "Not comparable.",
    "small_base": "Too few organisations on one side for a verdict.",
    "spread_unknown": "No verdict: the spread is unknown.",
    "higher": "Higher than the rest",
    "lower": "Lower than the rest",
    "not_clear_together": "Not clear once all comparisons with the rest are taken together.",
    "about_the_same": "About the same as the rest (within 10 points).",
    "no_clear_difference": "No clear difference.",
}
CLEAR = ("higher", "lower")


@dataclass(frozen=True)
class RestView:
    cohort: str
    cohort_label: str
    label: str
    own: Value
    difference: Value
    reading: str
    differs: bool


@dataclass(frozen=True)
class RestReport:
    """All comparisons of one cohort; for all organisations, those of every cohort that differs. compared: size of the
    family."""

    rows: list[RestView]
    compared: int


def rest_report(
    release: Release,
    questionnaire: Questionnaire,
    indicators: tuple[Indicator, ...],
    *,
    cohort: str,
    section: str,
) -> RestReport:
    """Returns the comparisons. The family is every comparison of the release with the rest, whichever cohort is
    shown."""
    family = release.comparisons.filter(compared_with=Comparison.With.REST).order_by("id")
    shown = family.filter(verdict__in=CLEAR) if cohort == ALL else family.filter(cohort=cohort)
    labels = _labels(questionnaire, indicators)
    comparisons = [
        row
        for row in shown
        if (row.subject_kind, row.subject) in labels
        and section in ("", labels[row.subject_kind, row.subject][1])
    ]
    estimates = _estimates(release, comparisons)
    rows = [
        RestView(
            cohort=row.cohort,
            cohort_label=cohort_label(row.cohort),
            label=labels[row.subject_kind, row.subject][0],
            own=Value.of(estimates.get(_key(row, row.statistic))),
            difference=Value.of(estimates.get(_key(row, f"{row.statistic}{AGAINST_REST}"))),
            reading=WORDS[row.outcome],
            differs=row.verdict in CLEAR,
        )
        for row in comparisons
    ]
    first = family.first()
    return RestReport(rows, first.family_size if first else 0)


Key = tuple[str, str, str, str]


def _estimates(release: Release, comparisons: list[Comparison]) -> dict[Key, Estimate]:
    """Returns the compared numbers and their differences."""
    plain = {row.statistic for row in comparisons}
    rows = release.estimates.filter(
        cohort__in={row.cohort for row in comparisons},
        subject_kind__in={row.subject_kind for row in comparisons},
        statistic__in=plain | {f"{statistic}{AGAINST_REST}" for statistic in plain},
    )
    return {_key(row, row.statistic): row for row in rows}


def _key(row: Estimate | Comparison, statistic: str) -> Key:
    return row.subject_kind, row.subject, statistic, row.cohort


def _labels(
    questionnaire: Questionnaire, indicators: tuple[Indicator, ...]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Returns label and section by kind and code of the subject."""
    pairs = {
        ("pair", pair.code): (f"Gap: {pair.label}", questionnaire.item(pair.belief).section)
        for pair in questionnaire.core_pairs
    }
    return pairs | {
        ("indicator", one.code): (one.label, questionnaire.item(one.item).section) for one in indicators
    }
