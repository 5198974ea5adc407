"""A planted fault: submissions of one response are not serialised by a lock."""

import time
from typing import Any

from surveys.fieldwork import responses
from surveys.fieldwork.audit_notes import note
from surveys.models import Response


def submit_unlocked(response: Response, *, at: Any, by: Any = None, by_mail: bool = False) -> str:
    stored_response = Response.objects.get(pk=response.pk)
    if stored_response.submitted_at is not None:
        return stored_response.receipt
    time.sleep(0.05)
    stored_response.submitted_at, stored_response.receipt = at, responses.new_receipt()
    stored_response.save(update_fields=["submitted_at", "receipt"])
    note("submitted the answers", stored_response.invitation, by=by, at=at)
    return stored_response.receipt


responses.submit_response = submit_unlocked  # type: ignore[assignment]
