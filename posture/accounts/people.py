"""Actions of admins on the accounts of people. Each takes effect at once: sessions and tokens end together with the
right. Each raises row_locks.ConcurrentChange for a person who was erased by a concurrent request."""

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from posture.accounts.sessions import end_sessions
from posture.accounts.tokens import revoke_tokens
from surveys.audit import trail
from surveys.database.row_locks import lock
from surveys.people.account_invitations import send_account_invitation
from surveys.people.user_accounts import create_user, user_with_address


class LastAdmin(Exception):
    def __str__(self) -> str:
        return _("An installation needs an admin. Make somebody else an admin first.")


def all_people() -> QuerySet[Any]:
    return get_user_model().objects.order_by("email").prefetch_related("authenticator_set")


@transaction.atomic
def invite_person(address: str, *, is_admin: bool, by: Any, at: datetime) -> Any:
    """Invites an analyst, or an admin, who is also an analyst. Raises surveys.mail.emails.NoBaseUrl."""
    person = user_with_address(address) or create_user(address, is_verified=False)
    lock(person)
    _set_rights(person, is_staff=True, is_superuser=is_admin or person.is_superuser)
    if not person.has_usable_password():
        send_account_invitation(person, at=at)
    _note("invited a person", person, by=by, at=at)
    return person


@transaction.atomic
def resend_welcome(person: Any, *, by: Any, at: datetime) -> None:
    """Sends a new link, which invalidates the previous one. Raises NoBaseUrl."""
    send_account_invitation(person, at=at)
    _note("sent a person a new link", person, by=by, at=at)


@transaction.atomic
def change_rights(person: Any, *, is_staff: bool, is_superuser: bool, by: Any, at: datetime) -> None:
    if not is_superuser:
        _require_another_admin(person)
    lock(person)
    _set_rights(person, is_staff=is_staff or is_superuser, is_superuser=is_superuser)
    _note("changed a person's rights", person, by=by, at=at)


@transaction.atomic
def suspend_person(person: Any, *, by: Any, at: datetime) -> None:
    _require_another_admin(person)
    lock(person)
    person.is_active = False
    person.save(update_fields=["is_active"])
    _end_sessions_and_tokens(person, at=at)
    _note("suspended a person", person, by=by, at=at)


@transaction.atomic
def resume_person(person: Any, *, by: Any, at: datetime) -> None:
    """Ends the suspension, and all sessions. A sign-in that ran during the suspension may have begun a session after
    the others were ended."""
    lock(person)
    _end_sessions_and_tokens(person, at=at)
    person.is_active = True
    person.save(update_fields=["is_active"])
    _note("let a person in again", person, by=by, at=at)


@transaction.atomic
def reset_second_factors(person: Any, *, by: Any, at: datetime) -> None:
    """Removes the second factors of a person who lost the phone and the recovery codes. If a second factor is
    mandatory, the next sign-in asks for a new one."""
    lock(person)
    Authenticator.objects.filter(user=person).delete()
    _end_sessions_and_tokens(person, at=at)
    _note("reset a person's second factor", person, by=by, at=at)


def _set_rights(person: Any, **rights: bool) -> None:
    person.is_staff, person.is_superuser = rights["is_staff"], rights["is_superuser"]
    person.save(update_fields=["is_staff", "is_superuser"])


def _require_another_admin(person: Any) -> None:
    people = get_user_model().objects.select_for_update(no_key=True).order_by("pk")
    admins = people.filter(is_superuser=True, is_active=True)
    if [admin.pk for admin in admins] == [person.pk]:
        raise LastAdmin


def _end_sessions_and_tokens(person: Any, *, at: datetime) -> None:
    end_sessions(person)
    revoke_tokens(person, at=at)


def _note(action: str, person: Any, *, by: Any, at: datetime) -> None:
    rights = (
        "admin" if person.is_superuser else "analyst" if person.is_staff else "no rights of the installation"
    )
    trail.note(action, by=by, about=f"person {person.pk}, {rights}", at=at)
