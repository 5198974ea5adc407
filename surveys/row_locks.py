"""One order of locks, so that nobody waits for somebody who waits for them. Whoever changes several rows that belong
together locks

1. the organisation (memberships),
2. the invitation,
3. its response, before any of its sessions, codes, answers and requests,
4. the chain of the audit trail, which every note locks until the end of its transaction,

and leaves out what is not changed. Rows are read after their lock, by a statement of their own: a statement that had
to wait still tells what was there before it began. SQLite has no locks of rows; a transaction keeps the whole
database.
"""

from surveys.models import Invitation, Response


def lock_invitation(pk: int) -> bool:
    """Whether it is still there. The keys of rows that refer to it are checked when their transaction ends, after the
    lock of the response; so this one leaves its own key alone."""
    rows = Invitation.objects.select_for_update(no_key=True)
    return rows.filter(pk=pk).values_list("pk").first() is not None


def lock_response(pk: int) -> bool:
    """Whether it is still there."""
    return Response.objects.select_for_update().filter(pk=pk).values_list("pk").first() is not None


def lock_respondent(invitation: int) -> None:
    """The invitation, and its response where there is one."""
    lock_invitation(invitation)
    Response.objects.select_for_update().filter(invitation_id=invitation).values_list("pk").first()
