"""The ledger of erasures. It suffices to erase the data again from an old backup, and identifies no person."""

from django.db import models
from django.utils.translation import gettext_lazy as lazy


class Erasure(models.Model):
    """One erasure. `digest` is a keyed digest of an identifier that only the erased row had. Rows are never changed
    or removed."""

    PERSONAL = ()

    class Kind(models.TextChoices):
        RESPONDENT = "respondent", lazy("Respondent")
        ORGANIZATION = "organization", lazy("organisation")

    digest = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=20, choices=Kind)
    at = models.DateTimeField()
    by = models.CharField(max_length=60, help_text="A key or a word, never a name.")
    receipt = models.CharField(max_length=20)
    counts = models.TextField(help_text="By table and kind of file how much was erased, as JSON.")

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.receipt}"
