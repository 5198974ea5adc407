"""Invites users by a mailed link, which also verifies the address. There is no public sign-up."""

import hashlib
import secrets
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
from surveys.mail.emails import absolute_url, queue_mail
from surveys.models import Membership, Welcome
from surveys.people.membership_states import TransitionRefused, change_status
from surveys.tenancy.organization_scope import for_all_organizations

TOKEN_BYTES = 32
VALIDITY = timedelta(days=7)


class AccountInvitationUnusable(Exception):
    """The link is unknown, used, replaced or expired; the error does not reveal which."""


@transaction.atomic
def send_account_invitation(person: Any, *, membership: Membership | None = None, at: datetime) -> None:
    """Mails a link for a user and a membership, which replaces earlier links for both.

    Raises surveys.mail.emails.NoBaseUrl and surveys.rate_limits.limits.RateLimitExceeded.
    """
    lock(person)
    Welcome.objects.filter(user=person, membership=membership, used_at=None).delete()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    welcome = Welcome.objects.create(
        user=person, membership=membership, token_hash=_hash(token), created_at=at, expires_at=at + VALIDITY
    )
    context = {
        "organization": membership.organization if membership else None,
        "role": membership.get_role_display().lower() if membership else "",
        "url": absolute_url(reverse("surveys:welcome", args=[token])),
        "days": VALIDITY.days,
    }
    queue_mail(
        to=person.email,
        subject=_("Posture: you are invited"),
        text=render_to_string("surveys/mail/welcome.txt", context),
        key=f"welcome:{welcome.pk}:{welcome.token_hash[:16]}",
        organization=membership.organization if membership else None,
        at=at,
    )


@for_all_organizations
def account_invitation_for(token: str, *, at: datetime) -> Welcome:
    """Returns the invitation of a token. Raises AccountInvitationUnusable."""
    usable = Welcome.objects.filter(
        token_hash=_hash(token), used_at=None, expires_at__gt=at, user__is_active=True
    )
    still_meant = Q(membership=None) | Q(membership__status=Membership.Status.PENDING)
    found = usable.filter(still_meant).select_related("user", "membership__organization").first()
    if found is None:
        raise AccountInvitationUnusable
    return found


@for_all_organizations
@transaction.atomic
def accept(welcome: Welcome, *, password: str = "", at: datetime) -> None:
    """Accepts an invitation, and sets the password if the user has none.

    Raises AccountInvitationUnusable for a second use of the link, and for a user who was suspended meanwhile.
    """
    person, membership = welcome.user, welcome.membership
    if membership is not None:
        _activate(membership)
    lock(person)
    is_used = not Welcome.objects.filter(pk=welcome.pk, used_at=None).update(used_at=at)
    if is_used or not person.is_active:
        raise AccountInvitationUnusable
    if not person.has_usable_password():
        person.set_password(password)
        person.save(update_fields=["password"])
    EmailAddress.objects.filter(user=person, email__iexact=person.email).update(verified=True)
    organization = membership.organization if membership else None
    trail.note("accepted an invitation", organization=organization, by=person, at=at)


def _activate(membership: Membership) -> None:
    try:
        change_status(membership, "accept")
    except (TransitionRefused, ConcurrentChange):
        raise AccountInvitationUnusable from None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
