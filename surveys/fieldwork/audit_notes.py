"""Adds notes about fieldwork to the audit trail of an organisation."""

from datetime import datetime
from typing import Any

from surveys.audit import trail
from surveys.models import Invitation

RESPONDENT = "respondent"


def note(action: str, invitation: Invitation, *, by: Any, at: datetime, about: str = "") -> None:
    """Adds a note to the audit trail of the organisation of the invitation. Without `by`, adds none.

    Imports and the demonstration pass no `by`: one note names the person who started them.
    """
    if by is not None:
        description = f"{invitation.wave.slug}, {invitation.role}{', ' if about else ''}{about}"
        trail.note(action, organization=invitation.organization, by=by, about=description, at=at)
