"""A release of all standard cuts, from the raw answers to the stored rows, and the same again without storing."""

from django.utils import timezone

from benchmarks.protocol import Call
from benchmarks.rows.interviews import make_closed_wave
from posture.models import Release
from posture.recomputing import recompute
from posture.releases import compute_release, request_release
from surveys.models import Wave


def load(organizations: int) -> Call:
    make_closed_wave(organizations)
    return lambda: None


def compute() -> Call:
    """Gives how many rows the release has; it is deleted afterwards, within the clock."""
    wave = Wave.objects.get(slug="interviews").pk

    def call() -> int:
        release = request_release(wave, by=None, at=timezone.now())
        compute_release(release.pk, at=timezone.now())
        release.refresh_from_db()
        if release.status != Release.Status.DRAFT:
            raise ValueError(release.failure)
        count = release.estimates.count()
        if Release.objects.count() > 1:
            release.delete()
        return count

    return call


def compute_again() -> Call:
    """The release that the first call of `compute` has left; gives how many rows it has."""
    release = Release.objects.get()

    def call() -> int:
        differences = list(recompute(release))
        if differences:
            raise ValueError(str(differences[0]))
        return release.estimates.count()

    return call
