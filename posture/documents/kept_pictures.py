"""Keeps the pictures of published releases, which never change, in the memory of the process."""

from django.core.cache.backends.locmem import LocMemCache

from posture.documents.pictures import PICTURES
from posture.documents.typesetting import png_of
from posture.models import Release
from posture.reports.gap import gap_report
from posture.reports.page_cache import Asked, kept

# A picture takes up to 300 kB.
KEPT = LocMemCache("report pictures", {"OPTIONS": {"MAX_ENTRIES": 100}})


def kept_picture(release: Release, asked: Asked) -> bytes | None:
    """Returns the file; None for a cohort or topic that the release does not have."""
    return kept(KEPT, release, asked, _drawn)


def _drawn(release: Release, asked: Asked) -> bytes | None:
    report = gap_report(release, cohort=asked.cohort, topic=asked.topic)
    if report is None or not report.questionnaire.pairs:
        return None
    name, _dot, form = asked.page.partition(".")
    svg = PICTURES[name](report)
    return png_of(svg) if form == "png" else svg.encode()
