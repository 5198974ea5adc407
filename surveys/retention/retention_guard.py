"""When the nightly removal waits for a person's word: when the clock is far from where the last night left it, and when
much of what is there would go at once. A clock that was set wrongly must not empty an installation."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings

from surveys.models import RetentionReport

CLOCK = "clock"
NIGHTS_APART = timedelta(days=3)
WORD_LASTS = timedelta(days=1)


class Share(NamedTuple):
    """How many would go, and of how many."""

    going: int
    there: int

    @property
    def is_large(self) -> bool:
        return 100 * self.going > settings.RETENTION_LARGEST_SHARE * self.there


@dataclass(frozen=True)
class Word:
    """What somebody saw and agreed to: at most so many by each rule, and a clock that shows about `at`."""

    counts: Mapping[str, int]
    at: datetime

    @classmethod
    def about(cls, report: RetentionReport) -> "Word":
        return cls({code: going for code, (going, _) in report.held_back.items()}, report.at)


def held_back(shares: Mapping[str, Share], *, at: datetime, word: Word | None = None) -> dict[str, Share]:
    """By the code of the rule. CLOCK, with the days since the last night and those allowed, holds back all rules."""
    agreed = word.counts if word is not None and abs(at - word.at) < WORD_LASTS else {}
    pause = _since_last_night(at)
    if pause > NIGHTS_APART and CLOCK not in agreed:
        return {CLOCK: Share(pause.days, NIGHTS_APART.days)}
    return {code: one for code, one in shares.items() if one.is_large and one.going > agreed.get(code, 0)}


def _since_last_night(at: datetime) -> timedelta:
    """Nights that were held back because of the clock say nothing about it."""
    nights = RetentionReport.objects.order_by("-pk").exclude(held__contains=json.dumps(CLOCK))
    last = nights.values_list("at", flat=True).first()
    return timedelta(0) if last is None else at - last
