"""Account invitations: the mailed link by which a user joins."""

from django.conf import settings
from django.db import models

from surveys.models.organization import Membership, same_owner
from surveys.tenancy.organization_scope import TenantManager


class AccountInvitation(models.Model):
    """An account invitation, which is valid once and for a limited time.

    With a membership, it activates that membership. A user without a password sets one. A newer link replaces the
    older ones of the same user and membership.
    """

    PERSONAL = ()
    OWNED_THROUGH = "membership"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="account_invitations")
    membership = models.ForeignKey(
        Membership, models.CASCADE, null=True, blank=True, related_name="account_invitations"
    )
    organization = same_owner(null=True)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager()

    class Meta:
        db_table = "surveys_welcome"
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")),
                name="welcome_expires_after_creation",
            ),
        ]

    def __str__(self) -> str:
        return f"for person {self.user_id}"
