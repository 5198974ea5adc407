"""Texts that all files of a report share: what it rests on, headings and marks."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from posture.models.number_address import absolute_address
from posture.reports.gap import GapReport
from posture.reports.pairs import PairView
from posture.reports.panels import PairRow
from posture.reports.shorthand import all_marks
from posture.reports.values import Value


def eyebrow(report: GapReport) -> str:
    """Returns which organisations of which release the report is about."""
    topic = [section.title for section in report.topics if section.code == report.topic]
    return " · ".join([report.release.title, report.cohort_label, *topic])


def rests_on(report: GapReport) -> str:
    """Returns the size of the release, its weighting and its intervals in short sentences."""
    release = report.release
    if report.questionnaire.unit == "respondent":
        size = _("{number} respondents in the release.").format(number=release.organizations)
    else:
        size = _("{organizations} organisations and {responses} responses in the release.").format(
            organizations=release.organizations, responses=release.responses
        )
    weighted = (
        _("Weighted to {title}.").format(title=release.targets.title)
        if release.targets
        else _("Not weighted.")
    )
    parts = [size, weighted, _("Intervals at {level}.").format(level=report.level_words)]
    return " ".join([*([synthetic(report)] if synthetic(report) else []), *parts])


def synthetic(report: GapReport) -> str:
    """Returns a warning for reports of synthetic data; empty for others."""
    return (
        _("Synthetic organisations: every answer was generated.") if report.release.wave.is_synthetic else ""
    )


def computed_at(report: GapReport) -> datetime:
    """Returns the date of the files. A release without numbers has no report, so it is always known."""
    computed = report.release.computed_at
    if computed is None:
        raise ValueError(f"{report.release.slug} was never computed.")
    return computed


def withheld_words(pairs: Iterable[PairView]) -> str:
    """Returns which pairs are withheld; empty if none is."""
    labels = [view.pair.label for view in pairs]
    if not labels:
        return ""
    return ngettext(
        "{number} pair is withheld to protect organisations: {labels}.",
        "{number} pairs are withheld to protect organisations: {labels}.",
        len(labels),
    ).format(number=len(labels), labels=", ".join(labels))


def number_words(value: Value) -> str:
    """Returns a number with its marks, as pages print it."""
    return " ".join([value.text, *value.marks])


def base_words(value: Value) -> str:
    return "[c]" if value.base is None else str(value.base)


def is_clear(report: GapReport, row: PairRow) -> bool:
    return row.view.pair.code in report.clear


def gap_heading(panel_key: str) -> str:
    return _("Believe it is faster") if panel_key == "bands" else _("Gap")


def marks_used(texts: Iterable[str]) -> list[tuple[str, str]]:
    """Returns the marks that occur in the texts, with their meanings."""
    joined = " ".join(texts)
    return [(mark, meaning) for mark, meaning in all_marks() if mark in joined]


def receipts(*values: Value) -> list[str]:
    """Returns the addresses of the numbers."""
    return addresses(value.address for value in values)


def addresses(paths: Iterable[str]) -> list[str]:
    """Returns each address once, with its host."""
    return list(dict.fromkeys(absolute_address(path) for path in paths if path))
