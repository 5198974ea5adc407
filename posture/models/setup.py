"""The setup code that creates the first admin."""

from django.db import models


class SetupCode(models.Model):
    """At most one row; none after the code was used or while an admin exists."""

    PERSONAL = ()

    code_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"until {self.expires_at:%H:%M}"
