"""Keys, each wrapped by the installation key. No backup holds these rows (`surveys.sealing.left_out_of_backups`)."""

from django.db import models

from surveys.models.organization import Organization


class SealingKey(models.Model):
    """What an organisation's texts are sealed with, or the installation's own. Made when the first is sealed; never
    changed, only wrapped anew."""

    PERSONAL = ()

    organization = models.OneToOneField(
        Organization, models.CASCADE, null=True, blank=True, related_name="sealing_key"
    )
    key_id = models.CharField(max_length=16, unique=True)
    wrapped = models.TextField()

    class Meta:
        ordering = ["organization_id"]
        constraints = [
            models.UniqueConstraint(
                models.Value(1),
                condition=models.Q(organization__isnull=True),
                name="one_sealing_key_of_the_installation",
            ),
        ]

    def __str__(self) -> str:
        return self.key_id


class LookupKey(models.Model):
    """The one key behind keyed digests: of addresses, and of what was erased."""

    PERSONAL = ()

    key_id = models.CharField(max_length=16, unique=True)
    wrapped = models.TextField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_lookup_key")]

    def __str__(self) -> str:
        return self.key_id
