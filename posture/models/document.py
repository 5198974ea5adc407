"""A document: a file of a release for readers, kept as it was made."""

from django.db import models

from posture.models.release import Release


class Document(models.Model):
    """The gap report of one cohort as a file. Its digest is valid for as long as it is kept."""

    PERSONAL = ()

    class Format(models.TextChoices):
        PDF = "pdf", "PDF"
        SLIDES = "pptx", "Slides"
        WORKBOOK = "xlsx", "Workbook"

    release = models.ForeignKey(Release, models.CASCADE, related_name="documents")
    cohort = models.CharField(max_length=160)
    format = models.CharField(max_length=4, choices=Format.choices)
    content = models.BinaryField()
    digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["release", "cohort", "format"], name="document_once"),
        ]

    def __str__(self) -> str:
        return f"{self.release_id} {self.cohort} {self.format} {self.digest}"
