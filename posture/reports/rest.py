"""Which cohorts differ from all other organisations."""

from dataclasses import dataclass

from posture.analysis.estimates.difference_verdicts import Difference, Reading, read_together
from posture.analysis.release_rows.rest import AGAINST_REST
from posture.definitions.indicators import Indicator
from posture.models import Estimate, Release
from posture.reports.derived import plain_statistic
from posture.reports.values import Value
from surveys.instrument.cohorts import ALL, cohort_label
from surveys.instrument.questionnaire_definition import Questionnaire

WORDS: dict[Reading, str] = {
    "withheld": "Withheld.",
    "small_base": "Too few organisations on one side for a verdict.",
    "spread_unknown": "No verdict: the spread is unknown.",
    "higher": "Higher than the rest",
    "lower": "Lower than the rest",
    "not_clear_together": "Not clear once all comparisons with the rest are taken together.",
    "about_the_same": "About the same as the rest (within 10 points).",
    "no_clear_difference": "No clear difference.",
}
TESTED = ("higher", "lower", "not_clear_together", "about_the_same", "no_clear_difference")


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
    """Of one cohort all comparisons, of the total those that differ. compared: how many are one family."""

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
    """The family is every comparison of the release with the rest, whichever cohort is shown."""
    found = release.estimates.filter(subject_kind__in=("pair", "indicator"))
    differences = list(found.filter(statistic__endswith=AGAINST_REST).order_by("id"))
    plain = {
        (row.subject, row.statistic, row.cohort): row
        for row in found.filter(statistic__in={plain_statistic(row.statistic) for row in differences})
    }
    labels = _labels(questionnaire, indicators)
    readings = read_together([_difference(row, plain) for row in differences])
    rows = [
        RestView(
            cohort=row.cohort,
            cohort_label=cohort_label(row.cohort),
            label=labels[row.subject_kind, row.subject][0],
            own=Value.of(plain.get((row.subject, plain_statistic(row.statistic), row.cohort))),
            difference=Value.of(row),
            reading=WORDS[reading],
            differs=reading in ("higher", "lower"),
        )
        for row, reading in zip(differences, readings, strict=True)
        if (row.subject_kind, row.subject) in labels
        and section in ("", labels[row.subject_kind, row.subject][1])
        and (row.cohort == cohort if cohort != ALL else reading in ("higher", "lower"))
    ]
    return RestReport(rows, sum(reading in TESTED for reading in readings))


def _labels(
    questionnaire: Questionnaire, indicators: tuple[Indicator, ...]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Label and section."""
    pairs = {
        ("pair", pair.code): (f"Gap: {pair.label}", questionnaire.item(pair.belief).section)
        for pair in questionnaire.core_pairs
    }
    return pairs | {
        ("indicator", one.code): (one.label, questionnaire.item(one.item).section) for one in indicators
    }


def _difference(row: Estimate, plain: dict[tuple[str, str, str], Estimate]) -> Difference:
    statistic = plain_statistic(row.statistic)
    own, total = plain.get((row.subject, statistic, row.cohort)), plain.get((row.subject, statistic, ALL))
    if own is None or total is None or own.base is None or total.base is None:
        return Difference(None, None, None, None, None, row.unit)
    smaller = min(own.base if own.effective_base is None else own.effective_base, total.base - own.base)
    base = row.effective_base or row.base
    return Difference(row.value, row.se, row.p_value, base, smaller, row.unit)
