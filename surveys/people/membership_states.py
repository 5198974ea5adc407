"""The states of a membership, and the transition of each action.

An action that has no transition from the current state is refused with a reason, and changes nothing.
"""

from surveys.database.row_locks import lock
from surveys.models import Membership

Status = Membership.Status
PENDING, ACTIVE, SUSPENDED = Status.PENDING, Status.ACTIVE, Status.SUSPENDED

# For each action: the new state by the current state.
TRANSITIONS: dict[str, dict[str, str]] = {
    "accept": {PENDING: ACTIVE},
    "resend": {PENDING: PENDING},
    "suspend": {ACTIVE: SUSPENDED},
    "resume": {SUSPENDED: ACTIVE},
    "change_role": {PENDING: PENDING, ACTIVE: ACTIVE, SUSPENDED: SUSPENDED},
}
REFUSAL_REASONS: dict[tuple[str, str], str] = {
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
    """An action is refused. The message gives the reason."""


class TransitionRefused(MembershipError):
    """The state of the membership does not allow the action."""


def change_status(membership: Membership, action: str) -> None:
    """Locks a membership and changes its state by an action.

    Raises TransitionRefused, and ConcurrentChange for a membership that was removed meanwhile.
    """
    lock(membership)
    transitions = TRANSITIONS[action]
    if membership.status not in transitions:
        raise TransitionRefused(REFUSAL_REASONS[action, membership.status])
    if transitions[membership.status] != membership.status:
        membership.status = transitions[membership.status]
        membership.save(update_fields=["status"])
