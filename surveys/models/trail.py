"""The audit trail: one chain of entries for each organisation, and one for the installation."""

from django.db import models
from django.db.models import F, Q, Value

from surveys.models.organization import Organization
from surveys.tenancy.organization_scope import TenantManager

DIGEST_LENGTH = 64


class AuditChain(models.Model):
    """The end of a chain, which reveals missing entries, and the anchor up to which retention removed entries."""

    PERSONAL = ()

    organization = models.OneToOneField(
        Organization, models.CASCADE, null=True, blank=True, related_name="audit_chain"
    )
    length = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=DIGEST_LENGTH, help_text="The digest of the last entry.")
    anchor_length = models.PositiveBigIntegerField(
        default=0, help_text="Entries up to this one may have been removed."
    )
    anchor = models.CharField(
        max_length=DIGEST_LENGTH, help_text="The digest of the last entry that was removed."
    )

    objects = TenantManager()

    class Meta:
        ordering = ["organization_id"]
        constraints = [
            models.UniqueConstraint(
                Value(1), condition=Q(organization__isnull=True), name="one_audit_chain_of_the_installation"
            ),
            models.CheckConstraint(condition=Q(anchor_length__lte=F("length")), name="audit_anchor_in_chain"),
        ]

    def __str__(self) -> str:
        return f"audit trail of {self.organization or 'the installation'}"


class AuditEntry(models.Model):
    """An entry, which is never changed. `actor` is a key or a word, never a name, so that a person can be erased."""

    PERSONAL = ()
    APPEND_ONLY = True
    REMOVED_BY_OWNER = True

    organization = models.ForeignKey(
        Organization, models.CASCADE, null=True, blank=True, related_name="audit_entries"
    )
    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    action = models.CharField(max_length=60)
    actor = models.CharField(max_length=60)
    about = models.CharField(max_length=400, blank=True)
    previous = models.CharField(max_length=DIGEST_LENGTH)
    digest = models.CharField(max_length=DIGEST_LENGTH)

    objects = TenantManager()

    class Meta:
        ordering = ["organization_id", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "sequence"], name="audit_entry_once"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence}: {self.action}"
