"""Decides when the nightly removal waits for a person's consent.

It waits if the clock is far from that of the last night, or if a large share of the rows would be removed at once. So
a clock that was set wrongly does not empty an installation.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings

from surveys.models import RetentionReport

CLOCK = "clock"
MAX_PAUSE = timedelta(days=3)
CONSENT_VALIDITY = timedelta(days=1)


class RemovalShare(NamedTuple):
    """How many rows would be removed, and how many there are."""

    removed: int
    total: int

    @property
    def is_large(self) -> bool:
        return 100 * self.removed > settings.RETENTION_LARGEST_SHARE * self.total


@dataclass(frozen=True)
class Consent:
    """The consent of a person: the largest number to remove by each rule, at about the time `at`."""

    counts: Mapping[str, int]
    at: datetime

    @classmethod
    def about(cls, report: RetentionReport) -> "Consent":
        return cls({code: removed for code, (removed, _) in report.held_back.items()}, report.at)


def held_back(
    shares: Mapping[str, RemovalShare], *, at: datetime, consent: Consent | None = None
) -> dict[str, RemovalShare]:
    """Returns the shares held back, by the code of the rule.

    CLOCK holds back all rules. Its share is the days since the last night, and the days allowed.
    """
    allowed_counts = consent.counts if consent is not None and abs(at - consent.at) < CONSENT_VALIDITY else {}
    pause = _since_last_night(at)
    if pause > MAX_PAUSE and CLOCK not in allowed_counts:
        return {CLOCK: RemovalShare(pause.days, MAX_PAUSE.days)}
    return {
        code: share
        for code, share in shares.items()
        if share.is_large and share.removed > allowed_counts.get(code, 0)
    }


def _since_last_night(at: datetime) -> timedelta:
    """Returns the time since the last night, without the nights that were held back because of the clock."""
    nights = RetentionReport.objects.order_by("-pk").exclude(held__contains=json.dumps(CLOCK))
    last = nights.values_list("at", flat=True).first()
    return timedelta(0) if last is None else at - last
