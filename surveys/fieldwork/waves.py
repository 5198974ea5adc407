"""Opens, closes and describes waves. Each function is one transaction and takes the time as an argument."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from surveys.audit import trail
from surveys.models import Questionnaire, Wave

KEEP_MONTHS = 24


def open_wave(
    questionnaire: Questionnaire,
    *,
    slug: str,
    title: str,
    opens_at: datetime,
    closes_at: datetime,
    keep_months: int = KEEP_MONTHS,
    is_synthetic: bool = False,
    asks_code: bool = False,
) -> Wave:
    wave = Wave(
        questionnaire=questionnaire,
        slug=slug,
        title=title,
        opens_at=opens_at,
        closes_at=closes_at,
        keep_months=keep_months,
        is_synthetic=is_synthetic,
        asks_code=asks_code,
    )
    wave.full_clean()
    wave.save()
    return wave


@transaction.atomic
def close_wave(wave: Wave, *, at: datetime, by: Any = None) -> None:
    wave.closed_at = at
    wave.save(update_fields=["closed_at"])
    if by is not None:
        trail.note("closed a wave", by=by, about=wave.slug, at=at)


@transaction.atomic
def state_wave(wave: Wave, stated: Mapping[str, Any], *, at: datetime, by: Any = None) -> None:
    """Stores the statement of a wave: sponsor, sampling frame, recruitment and other facts that publishers disclose.

    `stated` holds the values by field name. Releases that are already computed keep the earlier statement.
    """
    for name, value in stated.items():
        setattr(wave, name, value)
    wave.full_clean()
    wave.save(update_fields=list(stated))
    if by is not None:
        trail.note("stated how a wave was conducted", by=by, about=wave.slug, at=at)


@transaction.atomic
def hold_wave(wave: Wave, *, is_on_hold: bool, by: Any, at: datetime) -> None:
    """Sets or ends the hold of a wave. While a wave is on hold, retention removes none of its data."""
    wave.is_on_hold = is_on_hold
    wave.save(update_fields=["is_on_hold"])
    trail.note(
        "put a wave on hold" if is_on_hold else "ended the hold of a wave", by=by, about=wave.slug, at=at
    )
