"""How to cite a gap report: its release, its cohort, the day of its computation, and its address."""

from django.utils import formats
from django.utils.translation import gettext as _

from posture.models.number_address import absolute_address
from posture.reports.gap import GapReport


def citation(report: GapReport, page: str, *, title: str = "") -> str:
    """Returns how to cite a page of the report. title: of the page; empty for the report as a whole."""
    return f"{cited(report, title=title)} {absolute_address(report.address(page))}"


def cited(report: GapReport, *, title: str = "") -> str:
    """Returns the citation without its address."""
    part = f"{report.cohort_label}: {title}" if title else report.cohort_label
    return _("{title}, {part}. Computed {day}.").format(
        title=report.release.title, part=part, day=computed_on(report)
    )


def computed_on(report: GapReport) -> str:
    """Returns the day; empty for a release without numbers."""
    computed = report.release.computed_at
    return formats.date_format(computed, "j F Y") if computed else ""
