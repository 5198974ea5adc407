"""The states of a membership, and what each verb makes of it. Where a verb is not in the table of a state, it is
refused with the words beside it, and nothing changes."""

from surveys.database.row_locks import lock
from surveys.models import Membership

Status = Membership.Status
PENDING, ACTIVE, SUSPENDED = Status.PENDING, Status.ACTIVE, Status.SUSPENDED

# By verb: from which state into which.
MOVES: dict[str, dict[str, str]] = {
    "accept": {PENDING: ACTIVE},
    "resend": {PENDING: PENDING},
    "suspend": {ACTIVE: SUSPENDED},
    "resume": {SUSPENDED: ACTIVE},
    "change_role": {PENDING: PENDING, ACTIVE: ACTIVE, SUSPENDED: SUSPENDED},
}
REFUSED: dict[tuple[str, str], str] = {
    ("accept", ACTIVE): "This person is in already.",
    ("accept", SUSPENDED): "This person is suspended.",
    ("resend", ACTIVE): "This person is in already, so no mail was sent.",
    ("resend", SUSPENDED): "This person is suspended, so no mail was sent. Let them in again instead.",
    ("suspend", PENDING): "This person has not accepted yet. Remove the invitation instead.",
    ("suspend", SUSPENDED): "This person is suspended already.",
    ("resume", PENDING): "This person has not accepted yet, and comes in by the mailed link.",
    ("resume", ACTIVE): "This person is in already.",
}


class MembershipError(Exception):
    """Something that is not done, with the reason in plain words."""


class NotInThisState(MembershipError):
    """The state of the membership does not allow it."""


def move(membership: Membership, verb: str) -> None:
    """Locks the row, reads its state, and changes it. Raises NotInThisState, and SomebodyWasFaster for one that was
    removed meanwhile."""
    lock(membership)
    moves = MOVES[verb]
    if membership.status not in moves:
        raise NotInThisState(REFUSED[verb, membership.status])
    if moves[membership.status] != membership.status:
        membership.status = moves[membership.status]
        membership.save(update_fields=["status"])
