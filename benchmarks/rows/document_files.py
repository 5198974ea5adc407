"""Writers of the files of a gap report and of an organisation's report. Imported after the settings are known."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from posture.documents.making import FORMATS
from posture.documents.organization import making as organization_making
from posture.documents.pictures import gaps_picture
from posture.documents.typesetting import png_of
from posture.models import Release
from posture.releases.queries import published_releases
from posture.reports.gap import GapReport, gap_report
from surveys.fieldwork.queries import Participation, participation_of
from surveys.models import ReportFile
from surveys.tenancy.organization_scope import across_organizations

WRITERS: dict[str, Callable[[GapReport], bytes]] = FORMATS | {
    "svg": lambda report: gaps_picture(report).encode(),
    "png": lambda report: png_of(gaps_picture(report)),
}


def write(form: str) -> Callable[[], int]:
    """Returns a function that writes the file of the newest release and returns its size."""
    release = published_releases().first()
    if release is None:
        raise ValueError("The demonstration has no published release.")
    return partial(_size, release, form)


def _size(release: Release, form: str) -> int:
    report = gap_report(release)
    if report is None:
        raise ValueError(f"{release.slug} has no report.")
    return len(WRITERS[form](report))


def write_of_organization(form: str) -> Callable[[], int]:
    """Returns a function that writes the file of the organisation whose files the demonstration has."""
    at = datetime.now(UTC)
    with across_organizations():
        file = ReportFile.objects.select_related("organization", "wave").first()
        participation = participation_of(file.organization, file.wave.slug, at=at) if file else None
    if participation is None:
        raise ValueError("The demonstration has no files of an organisation.")
    return partial(_size_of_organization, participation, form, at)


def _size_of_organization(participation: Participation, form: str, at: datetime) -> int:
    with across_organizations():
        story = organization_making.story_for_files(participation, at=at)
        if story is None:
            raise ValueError(f"{participation.organization} has no report.")
        return len(organization_making.FORMATS[form](story))
