"""Writers of the files of a gap report. Imported after the settings are known."""

from collections.abc import Callable
from functools import partial

from posture.documents.making import FORMATS
from posture.documents.pictures import gaps_picture
from posture.documents.typesetting import png_of
from posture.models import Release
from posture.releases.queries import published_releases
from posture.reports.gap import GapReport, gap_report

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
