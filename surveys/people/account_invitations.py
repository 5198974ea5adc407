"""Invites users by a mailed link, which also verifies the address. There is no public sign-up."""

from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from surveys.audit import trail
from surveys.database.row_locks import ConcurrentChange, lock
from surveys.encryption.tokens import hash_of, new_token
from surveys.mail.emails import absolute_url, queue_mail
from surveys.models import AccountInvitation, Membership
from surveys.people.membership_states import TransitionRefused, change_status
from surveys.tenancy.organization_scope import for_all_organizations

VALIDITY = timedelta(days=7)


class AccountInvitationUnusable(Exception):
    """The link is unknown, used, replaced or expired; the error does not reveal which."""


@transaction.atomic
def send_account_invitation(user: Any, *, membership: Membership | None = None, at: datetime) -> None:
    """Mails a link for a user and a membership, which replaces earlier links for both.

    Raises surveys.mail.emails.NoBaseUrl and surveys.rate_limits.limits.RateLimitExceeded.
    """
    lock(user)
    AccountInvitation.objects.filter(user=user, membership=membership, used_at=None).delete()
    token = new_token()
    invitation = AccountInvitation.objects.create(
        user=user, membership=membership, token_hash=hash_of(token), created_at=at, expires_at=at + VALIDITY
    )
    context = {
        "organization": membership.organization if membership else None,
        "role": membership.get_role_display().lower() if membership else "",
        "url": absolute_url(reverse("surveys:welcome", args=[token])),
        "days": VALIDITY.days,
    }
    queue_mail(
        to=user.email,
        subject=_("Posture: you are invited"),
        text=render_to_string("surveys/mail/welcome.txt", context),
        key=f"welcome:{invitation.pk}:{invitation.token_hash[:16]}",
        organization=membership.organization if membership else None,
        at=at,
    )


@for_all_organizations
def account_invitation_for(token: str, *, at: datetime) -> AccountInvitation:
    """Returns the invitation of a token. Raises AccountInvitationUnusable."""
    usable_invitations = AccountInvitation.objects.filter(
        token_hash=hash_of(token), used_at=None, expires_at__gt=at, user__is_active=True
    )
    membership_pending = Q(membership=None) | Q(membership__status=Membership.Status.PENDING)
    invitation = (
        usable_invitations.filter(membership_pending)
        .select_related("user", "membership__organization")
        .first()
    )
    if invitation is None:
        raise AccountInvitationUnusable
    return invitation


@for_all_organizations
@transaction.atomic
def accept(invitation: AccountInvitation, *, password: str = "", at: datetime) -> None:
    """Accepts an invitation, and sets the password if the user has none.

    Raises AccountInvitationUnusable for a second use of the link, and for a user who was suspended meanwhile.
    """
    user, membership = invitation.user, invitation.membership
    if membership is not None:
        _activate(membership)
    lock(user)
    is_used = not AccountInvitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=at)
    if is_used or not user.is_active:
        raise AccountInvitationUnusable
    if not user.has_usable_password():
        user.set_password(password)
        user.save(update_fields=["password"])
    EmailAddress.objects.filter(user=user, email__iexact=user.email).update(verified=True)
    organization = membership.organization if membership else None
    trail.note("accepted an invitation", organization=organization, by=user, at=at)


def _activate(membership: Membership) -> None:
    try:
        change_status(membership, "accept")
    except (TransitionRefused, ConcurrentChange):
        raise AccountInvitationUnusable from None
