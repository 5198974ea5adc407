"""Diagnostics of the weights of a release."""

from django.db import models

from posture.charts import number_text
from posture.models.release import Release

SMALLEST_SHOWN = 1e-6


class WeightDiagnostics(models.Model):
    """Stored with the release and shown. The weights themselves are never stored, because they could identify
    organisations."""

    PERSONAL = ()

    release = models.OneToOneField(Release, models.CASCADE, related_name="diagnostics")
    solver = models.CharField(max_length=60)
    organizations = models.PositiveIntegerField()
    margin_error = models.FloatField()
    smallest = models.FloatField()
    largest = models.FloatField()
    largest_over_median = models.FloatField()
    deff = models.FloatField()
    effective = models.FloatField()
    largest_share = models.FloatField()
    at_bound = models.PositiveIntegerField()
    relaxed = models.PositiveIntegerField()
    warns = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.release}: {self.solver}"

    @property
    def share_words(self) -> str:
        return f"{number_text.rounded(100 * self.largest_share, 1)}{number_text.THIN}% of all weights"

    @property
    def margin_words(self) -> str:
        if self.margin_error < SMALLEST_SHOWN:
            return (
                f"below {number_text.rounded(100 * SMALLEST_SHOWN, 4)}{number_text.THIN}% of the population"
            )
        return f"{number_text.rounded(100 * self.margin_error, 4)}{number_text.THIN}% of the population"
