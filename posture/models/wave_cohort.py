"""The release that a wave compares its organisations with."""

from django.conf import settings
from django.db import models

from posture.models.release import Release


class WaveCohort(models.Model):
    """An explicit choice of an analyst, which readers of the reports see. Without a row, reports compare with the
    release of the wave itself, once it is published. A release of another wave never replaces either by itself."""

    PERSONAL = ()

    wave = models.OneToOneField("surveys.Wave", models.CASCADE, primary_key=True, related_name="+")
    release = models.ForeignKey(Release, models.PROTECT, related_name="+")
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    chosen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.wave_id}: {self.release_id}"
