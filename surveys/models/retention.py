"""What the nightly retention removed."""

import json

from django.db import models


class RetentionReport(models.Model):
    PERSONAL = ()

    at = models.DateTimeField()
    counts = models.TextField(help_text="By the code of the rule, as JSON.")

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"

    @property
    def removed(self) -> dict[str, int]:
        return dict(json.loads(self.counts))
