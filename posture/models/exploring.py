"""Saved views of the explorer, and cuts that the releases of a wave publish."""

from django.conf import settings
from django.db import models


class SavedView(models.Model):
    """A question with a name. `address` is its query string; it contains no answers."""

    PERSONAL = ()

    questionnaire = models.SlugField(max_length=80)
    name = models.CharField(max_length=100)
    address = models.TextField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "name"], name="saved_view_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class ReleasedCut(models.Model):
    """Two crossed dimensions. Every later release of the wave has their cells, and the audit decides which cells are
    shown."""

    PERSONAL = ()

    wave = models.ForeignKey("surveys.Wave", models.CASCADE, related_name="released_cuts")
    dimensions = models.CharField(max_length=100, help_text="Two codes in their given order, joined by +.")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["dimensions"]
        constraints = [
            models.UniqueConstraint(fields=["wave", "dimensions"], name="released_cut_once"),
        ]

    def __str__(self) -> str:
        return self.dimensions
