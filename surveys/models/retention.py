"""Reports of the nightly retention: the removals, and the removals held back."""

import json

from django.db import models


class RetentionReport(models.Model):
    PERSONAL = ()

    at = models.DateTimeField()
    counts = models.TextField(help_text="By the code of the rule, as JSON.")
    held = models.TextField(
        default="{}",
        help_text="What waits for a person's word, by the code of the rule: how many, and of how many.",
    )

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"

    @property
    def removed(self) -> dict[str, int]:
        return dict(json.loads(self.counts))

    @property
    def held_back(self) -> dict[str, list[int]]:
        return dict(json.loads(self.held))
