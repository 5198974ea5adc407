"""What an operator should hear of: a known list, a line in the log for each, and a count by day."""

import logging
from datetime import datetime

from django.db import DatabaseError
from django.db.models import F

from surveys.models import SecurityCount

log = logging.getLogger("posture.security")

EVENTS = {
    "too many requests": "Somebody tried something more often than its rate allows.",
    "too large": "A body was larger than anything we take.",
    "policy breach": "A browser reported that a page tried what its policy forbids.",
    "upload refused": "A file was refused before or while it was read.",
    "login refused": "A password or a second factor was wrong.",
    "code refused": "A mailed code was wrong or too old.",
    "bad link": "A link that opens nothing was tried.",
}


def record(event: str, *, at: datetime, about: str = "") -> None:
    """`about` is a name of ours, never what somebody typed. The count must not be what fails a request."""
    log.warning("%s: %s", event, about or EVENTS[event], extra={"event": event})
    try:
        row, _ = SecurityCount.objects.get_or_create(day=at.date(), event=event)
        SecurityCount.objects.filter(pk=row.pk).update(count=F("count") + 1)
    except DatabaseError:
        log.exception("A security event could not be counted.")
