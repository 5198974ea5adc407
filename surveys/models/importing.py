"""An uploaded file of answers: how far it was read, what became of its rows, and what was wrong with which."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from surveys.encryption.sealed_text import SealedTextField


class ImportRun(models.Model):
    """`surveys.imports.import_runs` alone changes it: position and counts in the transaction of the rows they tell
    about, so that an import goes on exactly where it was interrupted."""

    PERSONAL = ("file_name",)

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        FAILED = "failed"

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
    """What is wrong with a row. The reason may quote an answer, so it is sealed."""

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
