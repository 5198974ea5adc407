"""Population targets: the number of organisations of each category, and the person who vouches for it."""

from django.conf import settings
from django.db import models

from surveys.instrument import cohorts

Margins = dict[str, dict[str, int]]


class TargetSet(models.Model):
    """Targets from a reviewed file, or uploaded by an analyst. They never change after a release was weighted by
    them."""

    PERSONAL = ("vouched_by",)

    code = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    population = models.TextField()
    source = models.TextField()
    as_of = models.DateField()
    vouched_by = models.CharField(max_length=200)
    url = models.URLField(max_length=500, blank=True)
    url_note = models.TextField(blank=True)
    digest = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    stored_at = models.DateTimeField()

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    @property
    def margins(self) -> Margins:
        margins: Margins = {}
        for row in self.counts.all():
            margins.setdefault(row.dimension, {})[row.category] = row.count
        return margins


class TargetCount(models.Model):
    PERSONAL = ()

    target_set = models.ForeignKey(TargetSet, models.CASCADE, related_name="counts")
    dimension = models.CharField(
        max_length=20, choices=[(dimension.code, dimension.title) for dimension in cohorts.DIMENSIONS]
    )
    category = models.CharField(max_length=40)
    count = models.PositiveBigIntegerField()
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["target_set", "position"]
        constraints = [
            models.UniqueConstraint(fields=["target_set", "dimension", "category"], name="target_once"),
            models.CheckConstraint(condition=models.Q(count__gte=1), name="target_is_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.dimension} {self.category}"
