"""Records account events in the audit trail of the installation, and ends sessions and tokens after a credential
change."""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as factors
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.utils import timezone

from posture.accounts.sessions import end_sessions
from posture.accounts.tokens import revoke_tokens
from surveys.audit import security_events, trail


def note(action: str, person: Any, about: str = "") -> None:
    if person is not None:
        trail.note(action, by=person, about=about, at=timezone.now())


@receiver(user_logged_in, dispatch_uid="trail: signed in")
def signed_in(user: Any, **_: Any) -> None:
    note("signed in", user)


@receiver(user_logged_out, dispatch_uid="trail: signed out")
def signed_out(user: Any, **_: Any) -> None:
    note("signed out", user)


@receiver(
    [account.password_changed, account.password_set, account.password_reset], dispatch_uid="trail: password"
)
def password_changed(request: Any, user: Any, **_: Any) -> None:
    """Ends all other sessions and all tokens, because a person with the old password may hold one."""
    end_sessions(user, except_key=request.session.session_key)
    revoke_tokens(user, at=timezone.now())
    note("changed the own password", user)


@receiver(account.email_changed, dispatch_uid="trail: address")
def address_changed(user: Any, **_: Any) -> None:
    note("changed the own address", user)


@receiver(factors.authenticator_added, dispatch_uid="trail: second factor added")
def factor_added(user: Any, authenticator: Authenticator, **_: Any) -> None:
    note("added a second factor", user, authenticator.type)


@receiver(factors.authenticator_removed, dispatch_uid="trail: second factor removed")
def factor_removed(user: Any, authenticator: Authenticator, **_: Any) -> None:
    note("removed a second factor", user, authenticator.type)


@receiver(factors.authenticator_reset, dispatch_uid="trail: recovery codes")
def codes_made(user: Any, **_: Any) -> None:
    note("made new recovery codes", user)


@receiver(factors.authentication_failed, dispatch_uid="trail: wrong code")
def wrong_code(user: Any, **_: Any) -> None:
    security_events.record("login refused", at=timezone.now(), about="second factor")
    note("gave a wrong second factor", user)
