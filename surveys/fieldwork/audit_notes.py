"""Notes of fieldwork in the audit trail of an organisation."""

from datetime import datetime
from typing import Any

from surveys.audit import trail
from surveys.models import Invitation

RESPONDENT = "respondent"


def note(action: str, invitation: Invitation, *, by: Any, at: datetime, about: str = "") -> None:
    """In the audit trail of the organisation. Nobody did it when there is no `by`: then a file or the demonstration
    did, and who brought that in is noted once."""
    if by is not None:
        what = f"{invitation.wave.slug}, {invitation.role}{', ' if about else ''}{about}"
        trail.note(action, organization=invitation.organization, by=by, about=what, at=at)
