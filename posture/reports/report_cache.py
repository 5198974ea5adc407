"""Caches gap reports for a minute, because a published release never changes and many people read the same one. The
time is short because the labels of indicators come from definitions that may change."""

import hashlib

from django.core.cache.backends.locmem import LocMemCache

from posture.models import Release
from posture.reports.gap import GapReport, gap_report

CACHE_SECONDS = 60
# A report takes half a megabyte in each web process.
REPORTS = LocMemCache("reports", {"OPTIONS": {"MAX_ENTRIES": 32}})


def cached_report(release: Release, *, cohort: str, section: str) -> GapReport | None:
    """Returns gap_report from the cache. Only existing reports are cached, so requests for unknown names cannot fill
    the memory."""
    identity = (release.pk, release.status, release.computed_at, release.data_digest, cohort, section)
    key = hashlib.sha256(repr(identity).encode()).hexdigest()
    report: GapReport | None = REPORTS.get(key)
    if report is None:
        report = gap_report(release, cohort=cohort, section=section)
        if report is not None:
            REPORTS.set(key, report, CACHE_SECONDS)
    return report
