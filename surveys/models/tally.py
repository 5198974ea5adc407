"""How many submissions a wave has had, and how often something about them changed."""

from django.db import models

from surveys.models.wave import Wave


class Tally(models.Model):
    """Kept by triggers of the database (`surveys.fieldwork.tally_triggers`), so that nobody counts responses to learn
    what is new. There is none before the first submission, and both numbers only grow: what was revoked or deleted
    stays in `submissions` and is one more of `changes`."""

    PERSONAL = ()

    wave = models.OneToOneField(Wave, models.CASCADE, primary_key=True, related_name="tally")
    submissions = models.PositiveBigIntegerField()
    latest = models.DateTimeField(help_text="When the last of them was submitted.")
    changes = models.PositiveBigIntegerField(
        help_text="Corrections, revocations and deletions of submitted responses, and changes of who gave them."
    )

    class Meta:
        ordering = ["wave"]

    def __str__(self) -> str:
        return f"{self.wave}: {self.submissions} submissions, {self.changes} changes"
