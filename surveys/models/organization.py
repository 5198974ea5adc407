"""The organisation: the tenant and the unit of analysis."""

from django.conf import settings
from django.db import models

from surveys import cohorts


class Organization(models.Model):
    """Sector, size band and region come from the sampling frame, never from an answer: who belongs to a cohort
    must not depend on what somebody answered."""

    PERSONAL = ()

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80, unique=True)
    sector = models.CharField(max_length=40, blank=True, choices=cohorts.choices("sector"))
    size_band = models.CharField(max_length=40, blank=True, choices=cohorts.choices("size_band"))
    region = models.CharField(max_length=40, blank=True, choices=cohorts.choices("region"))
    is_synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(**{f"{dimension.code}__in": ["", *dimension.codes]}),
                name=f"organization_{dimension.code}_known",
            )
            for dimension in cohorts.DIMENSIONS
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person with an account who may read the organisation's own report."""

    PERSONAL = ()

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "organization"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.organization}"
