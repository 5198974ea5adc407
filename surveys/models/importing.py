"""Imports of uploaded files: the position in the file, the outcomes of its rows, and the reasons of rejected rows."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as lazy

from surveys.encryption.sealed_text import SealedTextField


class ImportRun(models.Model):
    """One import. Only `surveys.imports.import_runs` changes it.

    Position and counts are written in the transaction of the rows that they count, so that an interrupted import
    continues with the next row.
    """

    PERSONAL = ("file_name",)

    class State(models.TextChoices):
        WAITING = "waiting", lazy("Waiting")
        DONE = "done", lazy("Done")
        FAILED = "failed", lazy("Failed")

    mapping = models.CharField(max_length=80)
    file_name = models.CharField(max_length=100, help_text="As the browser said; never opened.")
    notes = models.TextField(blank=True, help_text="What was assumed about the file.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    spool = models.CharField(
        max_length=40, help_text="Name of the file that holds its rows until they are in."
    )
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=500, blank=True)
    rows = models.PositiveIntegerField()
    position = models.PositiveIntegerField(default=0, help_text="How many rows have been dealt with.")
    inserted = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    duplicate = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    position=F("inserted") + F("updated") + F("unchanged") + F("rejected") + F("duplicate")
                ),
                name="import_accounts_for_every_row",
            ),
            models.CheckConstraint(condition=Q(position__lte=F("rows")), name="import_reads_what_is_there"),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} by {self.mapping}"

    @property
    def percent(self) -> int:
        return 100 * self.position // self.rows if self.rows else 100


class ImportRemark(models.Model):
    """A remark on a row that was not taken. The reason may quote an answer, so it is sealed."""

    PERSONAL = ("reason",)
    organization_id = None

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="remarks")
    line = models.PositiveIntegerField()
    column = models.CharField(max_length=200)
    reason = SealedTextField()

    class Meta:
        ordering = ["run", "line", "pk"]

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}"
