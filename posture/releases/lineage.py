"""Earlier releases that a release depends on: public ones of the same wave, and those of earlier waves that it may
follow."""

import math
from datetime import datetime

from django.db.models import QuerySet

from posture.analysis.estimates.rows import Identity, identity
from posture.microdata import wave_facts
from posture.models import Estimate, Release


def releases_to_follow(wave_id: int, *, at: datetime) -> QuerySet[Release]:
    """Returns published releases of earlier waves of the same questionnaire, in any version."""
    facts = wave_facts(wave_id, at=at)
    return Release.objects.filter(
        status=Release.Status.PUBLISHED,
        wave__questionnaire__slug=facts.questionnaire.slug,
        wave__opens_at__lt=facts.opens_at,
    ).order_by("-wave__opens_at")


def revealing_changes(earlier: Release, later: Release) -> list[str]:
    """Returns numbers published in both releases whose bases differ by fewer than the threshold, or whose value
    changed on the same base. An organisation joined, left or changed its answer, and the difference would reveal this
    answer."""
    earlier_rows, later_rows = _published(earlier), _published(later)
    changes = _other_cohorts(earlier, later, earlier_rows, later_rows)
    for key in sorted(earlier_rows.keys() & later_rows.keys()):
        old_row, new_row = earlier_rows[key], later_rows[key]
        difference = abs((old_row.base or 0) - (new_row.base or 0))
        has_changed = (
            difference > 0 or old_row.bound != new_row.bound or not _is_same(old_row.value, new_row.value)
        )
        if has_changed and difference < max(earlier.threshold, later.threshold):
            name = " ".join(field for field in key if field)
            changes.append(f"{name}, base {old_row.base} then and {new_row.base} now")
    return changes


def _other_cohorts(
    earlier: Release,
    later: Release,
    earlier_rows: dict[Identity, Estimate],
    later_rows: dict[Identity, Estimate],
) -> list[str]:
    """Returns cohorts that only one release has, if the answers changed, because their members then and now cannot be
    compared. For the same answers the audit compares them."""
    if earlier.data_digest == later.data_digest:
        return []
    earlier_cohorts, later_cohorts = (
        {row.cohort for row in rows.values()} for rows in (earlier_rows, later_rows)
    )
    return [f"{cohort}, a cohort of one of them only" for cohort in sorted(earlier_cohorts ^ later_cohorts)]


def _published(release: Release) -> dict[Identity, Estimate]:
    rows = release.estimates.filter(status=Estimate.Status.PUBLISHED)
    return {identity(row): row for row in rows}


def _is_same(old: float | None, new: float | None) -> bool:
    if old is None or new is None:
        return old == new
    return math.isclose(old, new, rel_tol=1e-9, abs_tol=1e-12)
