"""Share links: the address by which a person without an account reads the report of one organisation and wave."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from surveys.models.organization import Organization
from surveys.models.wave import HASH_LENGTH, Wave
from surveys.tenancy.organization_scope import TenantManager


class ShareLink(models.Model):
    """A link to one report. The token itself is never stored, and the passphrase only as a hash of a password hasher.

    The label is printed over the report as a watermark, so the reader sees it. It often names the reader.
    """

    PERSONAL = ("label",)

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="share_links")
    wave = models.ForeignKey(Wave, models.CASCADE, related_name="share_links")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="share_links")
    label = models.CharField(max_length=60)
    token_hash = models.CharField(max_length=64, unique=True)
    passphrase_hash = models.CharField(max_length=128, blank=True, help_text="Empty without a passphrase.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    openings = models.PositiveIntegerField(default=0, db_default=0)
    last_opened_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")),
                name="share_link_expires_after_creation",
            ),
            models.CheckConstraint(
                condition=Exact(Length("token_hash"), HASH_LENGTH), name="share_link_token_stored_as_hash"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}, {self.wave}"

    def is_usable(self, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at
