"""The outbox: jobs, and the processes that carry them out."""

import json
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as lazy

from surveys.encryption.sealed_text import SealedTextField
from surveys.models.organization import Organization
from surveys.tenancy.organization_scope import TenantManager


class Job(models.Model):
    """One effect to be carried out, written in the transaction of its cause. Only `surveys.jobs.outbox` changes it.

    A job waits, is handed to the broker (`published_at`), and is leased by the worker that carries it out. It ends as
    done, or as parked after too many attempts. The key makes a job unique.
    """

    PERSONAL = ("sealed",)

    class State(models.TextChoices):
        WAITING = "waiting", lazy("Waiting")
        LEASED = "leased", lazy("in progress")
        DONE = "done", lazy("Done")
        PARKED = "parked", lazy("Parked")

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=60)
    payload_json = models.TextField(
        default="{}", help_text="Numbers and codes; never text that somebody wrote."
    )
    sealed = SealedTextField(blank=True, help_text="A mail with its link or code. Emptied when it is done.")
    organization = models.ForeignKey(Organization, models.CASCADE, null=True, blank=True, related_name="jobs")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField()
    next_at = models.DateTimeField(help_text="When it is due, or due again.")
    published_at = models.DateTimeField(
        null=True, blank=True, help_text="Handed to the broker, not begun yet."
    )
    started_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    leased_by = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=500, blank=True, help_text="Why the last try failed.")
    done_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager()

    class Meta:
        ordering = ["-queued_at", "-pk"]
        indexes = [
            models.Index(fields=["state", "next_at"], name="job_due"),
            models.Index(fields=["kind", "state"], name="job_kind"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="leased", leased_until__isnull=False) | ~Q(state="leased"),
                name="a_lease_ends",
            ),
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False, sealed="") | ~Q(state="done"),
                name="a_done_job_keeps_no_secret",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def payload(self) -> dict[str, Any]:
        """Decodes the payload. It is a text column, because SQLite does not allow JSON checks in an untrusted
        schema."""
        return dict(json.loads(self.payload_json))


class Process(models.Model):
    """A live relay, or a process of a worker. It updates its row every few seconds, and removes it when it stops.

    The database holds it, so that every machine can read it without a broker.
    """

    PERSONAL = ()

    class Kind(models.TextChoices):
        RELAY = "relay", lazy("Relay")
        WORKER = "worker", lazy("Worker")

    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "name"]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
