"""The files of a gap report, as its pages list them: documents, and pictures of its charts."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as lazy

from posture.models import Document, Release
from posture.releases.queries import documents_of
from posture.reports.gap import GapReport, report_address

TITLES = {
    Document.Format.PDF: lazy("PDF"),
    Document.Format.SLIDES: lazy("Slides"),
    Document.Format.WORKBOOK: lazy("Workbook"),
}


@dataclass(frozen=True)
class FileLink:
    """size, digest: empty for a document that is not made yet."""

    title: str
    address: str
    size: int | None = None
    digest: str = ""


def file_links(report: GapReport) -> list[FileLink]:
    """Returns the documents of the cohort. Drafts and withdrawn releases have none."""
    if report.release.status != Release.Status.PUBLISHED:
        return []
    made = {document.format: document for document in documents_of(report.release, report.cohort)}
    return [
        FileLink(
            str(title),
            report_address(report.release.slug, form, cohort=report.cohort),
            made[form].size if form in made else None,
            made[form].digest if form in made else "",
        )
        for form, title in TITLES.items()
    ]


def picture_addresses(report: GapReport, page: str) -> dict[str, str]:
    """Returns the addresses of the picture of a chart, and of a page with only the chart."""
    return {
        "svg": report.address(f"{page}.svg"),
        "png": report.address(f"{page}.png"),
        "embed": report.address(f"embed-{page}"),
    }
