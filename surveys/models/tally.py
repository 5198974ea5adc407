"""The number of submissions of a wave, and the number of changes to them."""

from django.db import models

from surveys.models.wave import Wave


class Tally(models.Model):
    """The tally of a wave, kept by database triggers (`surveys.fieldwork.tally_triggers`).

    So no query counts responses to find new ones. A wave has no row before its first submission. Both numbers only
    grow: a revoked or deleted submission stays in `submissions` and adds one to `changes`.
    """

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
