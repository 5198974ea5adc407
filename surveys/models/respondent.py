"""Sessions of respondents after they used the link, and mailed codes."""

from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from surveys.models.organization import same_owner
from surveys.models.response import Response
from surveys.models.wave import HASH_LENGTH
from surveys.tenancy.organization_scope import TenantManager


class RespondentSession(models.Model):
    """A device that exchanged the link of one invitation. Only the cookie of the device holds the secret."""

    PERSONAL = ()
    OWNED_THROUGH = "response"

    response = models.ForeignKey(Response, models.CASCADE, related_name="sessions")
    organization = same_owner()
    secret_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(
        null=True, blank=True, help_text="Empty while a mailed code is waited for."
    )

    objects = TenantManager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Exact(Length("secret_hash"), HASH_LENGTH), name="session_secret_stored_as_hash"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.response}, since {self.created_at}"


class MailedCode(models.Model):
    """A code for one session, stored as a keyed hash. Only the newest code of a response is valid."""

    PERSONAL = ()
    OWNED_THROUGH = "response"

    response = models.ForeignKey(Response, models.CASCADE, related_name="codes")
    organization = same_owner()
    session = models.ForeignKey(RespondentSession, models.CASCADE, related_name="codes")
    digest = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was used, or replaced by a newer one."
    )

    objects = TenantManager()

    class Meta:
        ordering = ["-sent_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["response"], condition=models.Q(ended_at__isnull=True), name="one_code_works"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.response}, sent {self.sent_at}"
