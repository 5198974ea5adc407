"""Gap reports kept for a minute, because a published release never changes and many read the same one. Not for longer,
because the labels of indicators come from definitions that may change."""

import hashlib

from django.core.cache.backends.locmem import LocMemCache

from posture.models import Release
from posture.reports.gap import GapReport, gap_report

KEPT_SECONDS = 60
# Half a megabyte each, in each web process.
REPORTS = LocMemCache("reports", {"OPTIONS": {"MAX_ENTRIES": 32}})


def kept_report(release: Release, *, cohort: str, section: str) -> GapReport | None:
    """As gap_report. Only what there is is kept, so nobody fills the memory with names that do not exist."""
    told = (release.pk, release.status, release.computed_at, release.data_digest, cohort, section)
    key = hashlib.sha256(repr(told).encode()).hexdigest()
    found: GapReport | None = REPORTS.get(key)
    if found is None:
        found = gap_report(release, cohort=cohort, section=section)
        if found is not None:
            REPORTS.set(key, found, KEPT_SECONDS)
    return found
