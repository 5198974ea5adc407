"""The organisation: the tenant and the unit of analysis."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as lazy

from surveys.instrument import cohorts
from surveys.tenancy.organization_scope import TenantManager


class Organization(models.Model):
    """An organisation. Sector, size band and region come from the sampling frame, never from an answer.

    So membership of a cohort does not depend on answers.
    """

    PERSONAL = ()

    public_id = models.UUIDField(
        unique=True,
        default=uuid.uuid4,
        editable=False,
        help_text="Never given again, unlike keys and short names.",
    )
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80, unique=True)
    sector = models.CharField(max_length=40, blank=True, choices=cohorts.choices("sector"))
    size_band = models.CharField(max_length=40, blank=True, choices=cohorts.choices("size_band"))
    region = models.CharField(max_length=40, blank=True, choices=cohorts.choices("region"))
    is_synthetic = models.BooleanField(default=False)

    objects = TenantManager()

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


def same_owner(*, null: bool = False) -> Any:
    """Returns a foreign key to the organisation that owns a row, stored beside the key of the parent.

    So the owner of a row is known without a join. `surveys.tenancy.ownership` keeps the two keys consistent. The key
    of the parent also leads to the organisation, so this one has neither an index nor a constraint.
    """
    return models.ForeignKey(
        Organization,
        models.DO_NOTHING,
        null=null,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )


class Membership(models.Model):
    """A user with an account who may read the report of an organisation, or more. Only active memberships count."""

    PERSONAL = ()

    class Role(models.TextChoices):
        """Roles from the least to the most rights."""

        VIEWER = "viewer", lazy("Viewer")
        COORDINATOR = "coordinator", lazy("Coordinator")
        OWNER = "owner", lazy("Owner")

        @classmethod
        def at_least(cls, lowest: str) -> tuple[str, ...]:
            """Returns a role and all roles with more rights."""
            return tuple(cls.values[cls.values.index(lowest) :])

    class Status(models.TextChoices):
        PENDING = "pending", lazy("Pending")
        ACTIVE = "active", lazy("Active")
        SUSPENDED = "suspended", lazy("Suspended")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role, default=Role.VIEWER)
    status = models.CharField(max_length=20, choices=Status, default=Status.ACTIVE)

    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "organization"], name="membership_once"),
            models.UniqueConstraint(fields=["id", "organization"], name="membership_of_organization"),
            models.CheckConstraint(
                condition=models.Q(role__in=["viewer", "coordinator", "owner"]), name="membership_role_known"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "active", "suspended"]),
                name="membership_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.organization}"
