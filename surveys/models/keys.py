"""Keys, each wrapped by the installation key.

No backup holds these rows (`surveys.encryption.sealing.tables_without_backup`).
"""

from django.db import models

from surveys.models.organization import Organization
from surveys.tenancy.organization_scope import TenantManager


class SealingKey(models.Model):
    """A key that seals the texts of an organisation, or of the installation.

    It is created for the first sealed text. The key never changes, only its wrapping. An organisation may have
    several keys: two that were created concurrently, or one from before a restore.
    """

    PERSONAL = ()

    key_id = models.CharField(max_length=16, primary_key=True)
    organization = models.ForeignKey(
        Organization, models.CASCADE, null=True, blank=True, related_name="sealing_keys"
    )
    wrapped = models.TextField()

    objects = TenantManager()

    class Meta:
        ordering = ["key_id"]

    def __str__(self) -> str:
        return self.key_id


class LookupKey(models.Model):
    """The only key of keyed digests: of addresses, and of erased data."""

    PERSONAL = ()

    key_id = models.CharField(max_length=16, unique=True)
    wrapped = models.TextField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_lookup_key")]

    def __str__(self) -> str:
        return self.key_id
