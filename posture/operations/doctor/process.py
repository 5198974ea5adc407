"""Checks this process: its effective settings."""

from collections.abc import Iterator
from datetime import datetime

import django
from django.conf import settings
from django.core.checks import run_checks

from posture.operations import readiness
from posture.operations.doctor.finding import Finding, make_finding
from posture.version import version


def findings(at: datetime) -> Iterator[Finding]:
    yield make_finding("version", f"{version()}, Django {django.get_version()}")
    yield make_finding("mode", "evaluation on this machine" if settings.EMBEDDED else "production")
    yield make_finding(
        "DEBUG", settings.DEBUG, is_wrong=settings.DEBUG, fix="Errors show their insides: unset DEBUG."
    )
    yield from _addresses()
    yield from _keys()
    yield from _cookies()
    yield from _checks()
    state = readiness.migrations()
    yield make_finding(
        "migrations",
        state,
        is_wrong=state != readiness.OK,
        fix="The code is newer than the database: run manage.py migrate.",
    )


def _addresses() -> Iterator[Finding]:
    yield make_finding(
        "BASE_URL",
        settings.BASE_URL or "not set",
        is_wrong=not settings.BASE_URL,
        fix="No mail with a link goes out: set BASE_URL to the address people use.",
    )
    yield make_finding(
        "ALLOWED_HOSTS",
        ", ".join(settings.ALLOWED_HOSTS) or "none",
        is_wrong="*" in settings.ALLOWED_HOSTS or not settings.ALLOWED_HOSTS,
        fix="Name the hosts that are answered, and no others, in ALLOWED_HOSTS.",
    )


def _keys() -> Iterator[Finding]:
    """Reports the secret keys. The settings refuse a weak key, so this does not check for one."""
    older = settings.SECRET_KEY_FALLBACKS
    yield make_finding("SECRET_KEY", f"{len(settings.SECRET_KEY)} characters")
    yield make_finding(
        "SECRET_KEY_FALLBACKS",
        f"{len(older)} older keys",
        is_wrong=bool(older),
        fix="Older keys still open sessions and links: unset SECRET_KEY_FALLBACKS a week after the change.",
    )


def _cookies() -> Iterator[Finding]:
    """Checks secure cookies. On an evaluation installation on this machine, plain http is intended."""
    for name in ("SESSION", "CSRF"):
        secure, same_site = (
            getattr(settings, f"{name}_COOKIE_SECURE"),
            getattr(settings, f"{name}_COOKIE_SAMESITE"),
        )
        attributes = ["Secure" if secure else "plain http", f"SameSite={same_site}"]
        attributes += ["HttpOnly"] if getattr(settings, f"{name}_COOKIE_HTTPONLY") else []
        yield make_finding(
            f"{name.lower()} cookie",
            ", ".join([getattr(settings, f"{name}_COOKIE_NAME"), *attributes]),
            is_wrong=not (secure or settings.EMBEDDED) or same_site not in ("Lax", "Strict"),
            fix="Cookies travel unprotected: leave their settings as they are shipped.",
        )


def _checks() -> Iterator[Finding]:
    """Runs the checks of `manage.py check --deploy`, except that plain http is intended on an evaluation
    installation."""
    messages = run_checks(include_deployment_checks=not settings.EMBEDDED)
    names = ", ".join(sorted({str(message.id) for message in messages if not message.is_silenced()}))
    yield make_finding(
        "manage.py check",
        names or "nothing",
        is_wrong=bool(names),
        fix="Do what manage.py check --deploy says.",
    )
