"""A planted fault: submissions of one response are not serialised by a lock."""

import time
from typing import Any

from surveys.fieldwork import responses
from surveys.fieldwork.audit_notes import note
from surveys.models import Response


def submit_unlocked(response: Response, *, at: Any, by: Any = None, by_mail: bool = False) -> str:
    present = Response.objects.get(pk=response.pk)
    if present.submitted_at is not None:
        return present.receipt
    time.sleep(0.05)
    present.submitted_at, present.receipt = at, responses.new_receipt()
    present.save(update_fields=["submitted_at", "receipt"])
    note("submitted the answers", present.invitation, by=by, at=at)
    return present.receipt


responses.submit_response = submit_unlocked  # type: ignore[assignment]
