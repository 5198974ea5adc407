"""A published figure with all data that an honest quotation needs."""

from django.db import models
from django.urls import reverse


class PublishedFigure(models.Model):
    """The quotable fields of a published figure. An empty `n` means that the base was not published."""

    code = models.CharField(max_length=60)
    value = models.DecimalField(max_digits=12, decimal_places=3)
    decimals = models.PositiveSmallIntegerField()
    relation = models.CharField(max_length=10, default="equal")
    unit = models.CharField(max_length=20)
    wording = models.TextField()
    base = models.TextField()
    n = models.PositiveIntegerField(null=True, blank=True)
    n_smallest = models.PositiveIntegerField(null=True, blank=True)
    n_note = models.TextField(blank=True)
    population = models.TextField()
    fieldwork = models.TextField()
    publisher = models.TextField()
    publication = models.TextField()
    published = models.TextField()
    url = models.URLField(max_length=400, blank=True)
    url_note = models.TextField(blank=True)
    grade = models.CharField(max_length=1)
    disputed = models.BooleanField(default=False)
    remark = models.TextField(blank=True)
    family = models.CharField(max_length=60, blank=True)
    counts = models.TextField(blank=True)
    superseded_by = models.CharField(max_length=60, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("posture:benchmark", kwargs={"code": self.code})


class Benchmark(PublishedFigure):
    """A benchmark, loaded from posture/definitions/benchmarks by `posture.stored_definitions.catalogue`."""

    PERSONAL = ()

    code = models.CharField(max_length=60, unique=True)
    source = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["source", "position"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(grade__in=["A", "B", "C", "D"]), name="benchmark_grade_known"
            ),
            models.CheckConstraint(
                condition=models.Q(n__isnull=False) | ~models.Q(n_note=""),
                name="benchmark_says_why_n_is_missing",
            ),
        ]
