"""The actions of owners on the members of an organisation. Each takes effect at once.

Each raises row_locks.ConcurrentChange for a membership that was removed meanwhile.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from surveys.audit import trail
from surveys.database.row_locks import lock
from surveys.models import Membership, Organization
from surveys.people.account_invitations import send_account_invitation
from surveys.people.membership_states import MembershipError, change_status
from surveys.people.user_accounts import create_user, user_with_address
from surveys.tenancy.organization_scope import for_all_organizations

Role, Status = Membership.Role, Membership.Status


class AlreadyMember(MembershipError):
    def __str__(self) -> str:
        return _("This person belongs to your organisation already: see the list.")


class LastOwner(MembershipError):
    def __str__(self) -> str:
        return _("An organisation needs an owner. Make somebody else an owner first.")


class UnknownRole(MembershipError):
    def __str__(self) -> str:
        return _("There is no such role.")


@for_all_organizations
def owns_an_organization(user: Any, *, or_is_invited_to: bool = False) -> bool:
    ownerships = Membership.objects.filter(user_id=user.pk, role=Role.OWNER)
    statuses = (Status.ACTIVE, Status.PENDING) if or_is_invited_to else (Status.ACTIVE,)
    return ownerships.filter(status__in=statuses).exists()


@for_all_organizations
def has_active_membership(user: Any) -> bool:
    return Membership.objects.filter(user_id=user.pk, status=Status.ACTIVE).exists()


@for_all_organizations
def memberships_of(user: Any) -> list[Membership]:
    """Returns the active memberships of a user."""
    rows = Membership.objects.filter(user_id=user.pk, status=Status.ACTIVE)
    return list(rows.select_related("organization").order_by("organization__name"))


def members_of(organization: Organization) -> QuerySet[Membership]:
    return Membership.objects.filter(organization=organization).select_related("user").order_by("user__email")


def add_member(organization: Organization, *, user: Any, role: str = Membership.Role.VIEWER) -> Membership:
    """Adds a user to an organisation in a role, or changes the role of an existing membership."""
    return Membership.objects.update_or_create(organization=organization, user=user, defaults={"role": role})[
        0
    ]


@transaction.atomic
def invite_member(
    organization: Organization, *, address: str, role: str, by: Any, at: datetime
) -> Membership:
    """Creates a pending membership and mails a link. Raises AlreadyMember.

    It does not reveal whether an account with the address exists.
    """
    user = user_with_address(address) or create_user(address, is_verified=False)
    membership, _ = Membership.objects.get_or_create(
        organization=organization, user=user, defaults={"role": role, "status": Status.PENDING}
    )
    lock(membership)
    if membership.status != Status.PENDING:
        raise AlreadyMember
    membership.role = Role(role)
    membership.save(update_fields=["role"])
    send_account_invitation(user, membership=membership, at=at)
    _note("invited a member", membership, by=by, at=at)
    return membership


@transaction.atomic
def resend_invitation(membership: Membership, *, by: Any, at: datetime) -> None:
    """Mails a new link for a pending membership. The earlier link becomes invalid."""
    change_status(membership, "resend")
    send_account_invitation(membership.user, membership=membership, at=at)
    _note("sent a member a new link", membership, by=by, at=at)


@transaction.atomic
def change_role(membership: Membership, *, role: str, by: Any, at: datetime) -> None:
    if role != Role.OWNER:
        _require_another_owner(membership)
    change_status(membership, "change_role")
    membership.role = Role(role)
    membership.save(update_fields=["role"])
    _note("changed a role", membership, by=by, at=at)


@transaction.atomic
def suspend_member(membership: Membership, *, by: Any, at: datetime) -> None:
    _require_another_owner(membership)
    change_status(membership, "suspend")
    _note("suspended a member", membership, by=by, at=at)


@transaction.atomic
def resume_member(membership: Membership, *, by: Any, at: datetime) -> None:
    change_status(membership, "resume")
    _note("let a member in again", membership, by=by, at=at)


@transaction.atomic
def remove_member(membership: Membership, *, by: Any, at: datetime) -> None:
    _require_another_owner(membership)
    lock(membership)
    membership.delete()
    _note("removed a member", membership, by=by, at=at)


def _require_another_owner(membership: Membership) -> None:
    """Raises LastOwner if the member is the last active owner.

    The lock of the organisation serialises two owners who leave at the same moment.
    """
    lock(membership.organization)
    if not Membership.objects.filter(pk=membership.pk, role=Role.OWNER, status=Status.ACTIVE).exists():
        return
    other_owners = Membership.objects.filter(
        organization_id=membership.organization_id,
        role=Role.OWNER,
        status=Status.ACTIVE,
        user__is_active=True,
    ).exclude(pk=membership.pk)
    if not other_owners.exists():
        raise LastOwner


def _note(action: str, membership: Membership, *, by: Any, at: datetime) -> None:
    about = f"person {membership.user_id} as {membership.role}"
    trail.note(action, organization=membership.organization, by=by, about=about, at=at)
