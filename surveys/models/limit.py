"""Counters of rate limits and of security events."""

from django.db import models


class Limit(models.Model):
    """A counter of a rate limit.

    Only single statements of `surveys.rate_limits.limits` write it, so that concurrent attempts are all counted.
    `key` is a keyed hash of the limit and of the caller, so that no person can be identified.
    """

    PERSONAL = ()

    key = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=40)
    free_at = models.BigIntegerField(help_text="When the next try is free, in microseconds since 1970.")
    tries = models.IntegerField()
    stale_at = models.DateTimeField(help_text="From then on the row says nothing any more.")

    class Meta:
        ordering = ["key"]
        indexes = [models.Index(fields=["stale_at"], name="limit_stale")]

    def __str__(self) -> str:
        return f"{self.name}: {self.tries} tries"


class SecurityCount(models.Model):
    """The number of security events of one kind on a day (`surveys.audit.security_events`). Callers are not stored."""

    PERSONAL = ()

    day = models.DateField()
    event = models.CharField(max_length=40)
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-day", "event"]
        constraints = [models.UniqueConstraint(fields=["day", "event"], name="security_count_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.event}: {self.count}"
