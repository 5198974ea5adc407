"""Row locks in one order, which prevents deadlocks.

A transaction that changes several related rows locks them in this order, without those that it does not change:

1. the organisation (memberships),
2. the invitation,
3. its response, before any of its sessions, codes, answers and requests,
4. the membership, then the user, then the account invitations mailed to the user,
5. the chain of the audit trail, which every note locks until the end of its transaction.

Locks do not cover the key of their row (FOR NO KEY UPDATE). Foreign keys that refer to the row are checked at the end
of their transaction, after the lock of the chain. The lock of a response covers its key, because every transaction
that writes rows referring to it has locked it. A separate statement reads rows after their lock: a statement that
waited for the lock still sees the rows from before it began. SQLite has no row locks; a transaction locks the whole
database.
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
    """The row to be changed was deleted or changed meanwhile. The response is an error page with status 409."""


def lock(row: Model) -> None:
    """Locks a row that was read before, and reads it again. Raises SomebodyWasFaster if it was deleted."""
    model = type(row)
    try:
        row.refresh_from_db(from_queryset=model._default_manager.select_for_update(no_key=True))
    except model.DoesNotExist:  # type: ignore[attr-defined]
        raise SomebodyWasFaster from None


def lock_invitation(pk: int, *, may_be_revoked: bool = True) -> bool:
    """Locks an invitation. Returns whether it exists; with `may_be_revoked=False`, also whether it is not revoked.

    After waiting for the lock, the statement checks both again.
    """
    rows = Invitation.objects.select_for_update(no_key=True)
    if not may_be_revoked:
        rows = rows.filter(revoked_at=None)
    return rows.filter(pk=pk).values_list("pk").first() is not None


def lock_response(pk: int) -> LockedResponse | None:
    """Locks a response. Returns its times of submission and first answer, or None if it was deleted.

    Every change of a response or its answers starts with this lock.
    """
    row = one(for_update(RESPONSE), [pk])
    return None if row is None else LockedResponse(*map(moment, row))


def lock_respondent(invitation: int) -> None:
    """Locks an invitation, and its response if there is one. Raises SomebodyWasFaster if the invitation was deleted."""
    if not lock_invitation(invitation):
        raise SomebodyWasFaster
    Response.objects.select_for_update().filter(invitation_id=invitation).values_list("pk").first()
