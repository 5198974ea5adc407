"""The states of a membership, and the transition of each action.

An action that has no transition from the current state is refused with a reason, and changes nothing.
"""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as lazy

from surveys.database.row_locks import lock
from surveys.models import Membership

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

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
REFUSAL_REASONS: dict[tuple[str, str], "StrOrPromise"] = {
    ("accept", ACTIVE): lazy("This person is a member already."),
    ("accept", SUSPENDED): lazy("This person is suspended."),
    ("resend", ACTIVE): lazy("This person is a member already, so no mail was sent."),
    ("resend", SUSPENDED): lazy(
        "This person is suspended, so no mail was sent. Reactivate the membership instead."
    ),
    ("suspend", PENDING): lazy("This person has not accepted yet. Remove the invitation instead."),
    ("suspend", SUSPENDED): lazy("This person is suspended already."),
    ("resume", PENDING): lazy("This person has not accepted yet, and joins by the mailed link."),
    ("resume", ACTIVE): lazy("This person is a member already."),
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
