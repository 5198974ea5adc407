"""Limits the lifetime of sessions, and ends all sessions of a person at once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
SEEN_RESOLUTION = timedelta(minutes=1)


@receiver(user_logged_in, dispatch_uid="note when a session began")
def record_sign_in(request: HttpRequest, **_: Any) -> None:
    """Saves the session before its row in the list of sessions is created. A sign-in removes rows of sessions that no
    one is signed in to, so a second sign-in at the same moment would remove the row of the first."""
    now = timezone.now().timestamp()
    request.session["signed_in_at"] = request.session["seen_at"] = now
    request.session.save()


def limited_sessions(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Ends a session after half an hour without activity, or twelve hours after sign-in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.session.session_key and SESSION_KEY in request.session:
            _limit(request.session, timezone.now())
        return get_response(request)

    return middleware


def _limit(session: SessionBase, now: datetime) -> None:
    signed_in_at, seen_at = session.get("signed_in_at", 0), session.get("seen_at", 0)
    at = now.timestamp()
    if at - signed_in_at > ABSOLUTE.total_seconds() or at - seen_at > IDLE.total_seconds():
        UserSession.objects.filter(session_key=session.session_key).delete()
        session.flush()
    elif abs(at - seen_at) > SEEN_RESOLUTION.total_seconds():
        session["seen_at"] = at
        UserSession.objects.filter(session_key=session.session_key).update(last_seen_at=now)


def end_sessions(user: Any, *, except_key: str | None = None) -> None:
    for session in UserSession.objects.filter(user=user).exclude(session_key=except_key):
        session.end()
