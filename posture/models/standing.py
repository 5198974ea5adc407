"""The standing of an organisation among the others of a wave, visible to its own members only."""

from django.db import models

from posture.models.release import Release
from surveys.tenancy.organization_scope import TenantManager


class OrganizationStanding(models.Model):
    """The band of one organisation, without any score. It is computed with the release from the answers of a closed
    wave, so nobody can change answers and observe how the band moves."""

    PERSONAL = ()

    release = models.ForeignKey(Release, models.CASCADE, related_name="+")
    organization = models.ForeignKey("surveys.Organization", models.CASCADE, related_name="+")
    subject = models.CharField(max_length=60)
    kind = models.CharField(max_length=12)
    band = models.PositiveSmallIntegerField(null=True)
    low = models.PositiveSmallIntegerField(null=True)
    high = models.PositiveSmallIntegerField(null=True)
    peers = models.PositiveIntegerField()

    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "organization", "subject"], name="standing_once"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.kind}"
