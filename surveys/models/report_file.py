"""Files of an organisation's report: PDF, slides or workbook, made when a member asks for them."""

from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from surveys.encryption.sealed_text import SealedTextField
from surveys.models.organization import Organization
from surveys.models.wave import HASH_LENGTH, Wave
from surveys.tenancy.organization_scope import TenantManager


class ReportFile(models.Model):
    """One file of the report of an organisation and wave, beside one cohort. It is kept for a week.

    content  the file in base64, sealed, because it holds answers of the organisation
    digest   digest of the report that the file shows; a file whose report has changed is not served
    """

    PERSONAL = ("content",)

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="report_files")
    wave = models.ForeignKey(Wave, models.CASCADE, related_name="report_files")
    cohort = models.CharField(max_length=160)
    format = models.CharField(max_length=4)
    content = SealedTextField()
    digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    made_at = models.DateTimeField()

    objects = TenantManager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "wave", "cohort", "format"], name="report_file_once"
            ),
            models.CheckConstraint(
                condition=Exact(Length("digest"), HASH_LENGTH), name="report_file_has_a_digest"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.wave_id} {self.cohort} {self.format}"
