"""One order of locks, so that nobody waits for somebody who waits for them. Whoever changes several rows that belong
together locks

1. the organisation (memberships),
2. the invitation,
3. its response, before any of its sessions, codes, answers and requests,
4. the membership, then the person, then what was mailed to the person to come in,
5. the chain of the audit trail, which every note locks until the end of its transaction,

and leaves out what is not changed. A lock leaves the key of its row alone: the keys of rows that refer to it are
checked when their transaction ends, after the lock of the chain. That of a response does not, because whoever writes
rows that refer to it has locked it. Rows are read after their lock, by a statement of their own: a statement that had
to wait still tells what was there before it began. SQLite has no locks of rows; a transaction keeps the whole database.
"""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Model

from surveys.database.select_statements import for_update, moment, one
from surveys.models import Invitation, Response

RESPONSE = "SELECT submitted_at, answered_at FROM surveys_response WHERE id = %s"


class LockedResponse(NamedTuple):
    submitted_at: datetime | None
    answered_at: datetime | None


class SomebodyWasFaster(Exception):
    """What was to be changed is gone, or was changed meanwhile. Becomes a plain page with status 409."""


def lock(row: Model) -> None:
    """Locks a row that was read before, and reads it again. Raises SomebodyWasFaster where it is gone."""
    model = type(row)
    try:
        row.refresh_from_db(from_queryset=model._default_manager.select_for_update(no_key=True))
    except model.DoesNotExist:  # type: ignore[attr-defined]
        raise SomebodyWasFaster from None


def lock_invitation(pk: int, *, may_be_revoked: bool = True) -> bool:
    """Whether it is still there. The statement that waited for the lock looks again whether it was revoked."""
    rows = Invitation.objects.select_for_update(no_key=True)
    if not may_be_revoked:
        rows = rows.filter(revoked_at=None)
    return rows.filter(pk=pk).values_list("pk").first() is not None


def lock_response(pk: int) -> LockedResponse | None:
    """How it stands; None where it is gone. Everything that changes a response or its answers begins here."""
    row = one(for_update(RESPONSE), [pk])
    return None if row is None else LockedResponse(*map(moment, row))


def lock_respondent(invitation: int) -> None:
    """The invitation, and its response where there is one. Raises SomebodyWasFaster where the invitation is gone."""
    if not lock_invitation(invitation):
        raise SomebodyWasFaster
    Response.objects.select_for_update().filter(invitation_id=invitation).values_list("pk").first()
