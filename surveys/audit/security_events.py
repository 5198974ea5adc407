"""Security events for the operator: a fixed list, a log line for each event, and a count for each day."""

import logging
from datetime import datetime

from django.db import DatabaseError
from django.db.models import F

from surveys.models import SecurityCount

log = logging.getLogger("posture.security")

SECURITY_EVENTS = {
    "too many requests": "A caller exceeded a rate limit.",
    "too large": "The body of a request was too large.",
    "policy breach": "A browser reported a violation of the content security policy.",
    "upload refused": "A file was refused before or while it was read.",
    "login refused": "A password or a second factor was wrong.",
    "code refused": "A mailed code was wrong or unusable.",
    "passphrase refused": "The passphrase of a share link was wrong.",
    "bad link": "An unknown or unusable link was opened.",
}


def record(event: str, *, at: datetime, about: str = "") -> None:
    """Logs and counts an event. `about` is a name from the code, never user input.

    An error of the database while counting does not fail the request.
    """
    log.warning("%s: %s", event, about or SECURITY_EVENTS[event], extra={"event": event})
    try:
        row, _ = SecurityCount.objects.get_or_create(day=at.date(), event=event)
        SecurityCount.objects.filter(pk=row.pk).update(count=F("count") + 1)
    except DatabaseError:
        log.exception("A security event could not be counted.")
