"""Which release the organisations of a wave are compared with."""

from datetime import datetime
from typing import Any

from django.db import transaction

from posture.models import Release, WaveCohort
from posture.releases.queries import published_release_of, published_releases
from surveys.audit.trail import note


def chosen_cohort(wave_id: int) -> WaveCohort | None:
    return WaveCohort.objects.filter(wave_id=wave_id).select_related("release").first()


def cohort_release_of(wave_id: int) -> Release | None:
    """Returns the chosen release while it is published; otherwise the published release of the wave itself, or None."""
    chosen = WaveCohort.objects.filter(wave_id=wave_id).values_list("release_id", flat=True).first()
    release = published_releases().filter(pk=chosen).first() if chosen else None
    return release or published_release_of(wave_id)


@transaction.atomic
def choose_cohort(wave_id: int, release: Release, *, by: Any, at: datetime) -> WaveCohort:
    row, _ = WaveCohort.objects.update_or_create(
        wave_id=wave_id, defaults={"release": release, "chosen_by": by, "chosen_at": at}
    )
    note("chose the release to compare with", by=by, about=f"wave {wave_id}, {release.slug}", at=at)
    return row


@transaction.atomic
def clear_cohort(wave_id: int, *, by: Any, at: datetime) -> None:
    deleted, _ = WaveCohort.objects.filter(wave_id=wave_id).delete()
    if deleted:
        note("cleared the release to compare with", by=by, about=f"wave {wave_id}", at=at)
