"""Who may call a view. Each view declares exactly one policy; a route without one fails `manage.py check`.

public      anybody
respondent  the holder of an exchanged invitation, for its own response only
member      a signed-in person; the view finds organisations through that person's memberships only
analyst     a signed-in person who runs surveys
token       a machine with a bearer token
"""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse

View = Callable[..., HttpResponse]

POLICIES = ("public", "respondent", "member", "analyst", "token")
SESSION_KEY = "responses"


def public(view: View) -> View:
    view.access = "public"  # type: ignore[attr-defined]
    return view


def analyst(view: View) -> View:
    return _signed_in(view, policy="analyst", admits=lambda user: user.is_staff)


def member(view: View) -> View:
    return _signed_in(view, policy="member", admits=lambda user: True)


def _signed_in(view: View, *, policy: str, admits: Callable[[Any], bool]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not admits(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    guarded.access = policy  # type: ignore[attr-defined]
    return guarded


def respondent(view: View) -> View:
    """The URL names the response by `public_id`; only sessions that exchanged its invitation get in."""

    @wraps(view)
    def guarded(request: HttpRequest, public_id: uuid.UUID, *args: Any, **kwargs: Any) -> HttpResponse:
        if str(public_id) not in request.session.get(SESSION_KEY, []):
            raise Http404
        return view(request, public_id, *args, **kwargs)

    guarded.access = "respondent"  # type: ignore[attr-defined]
    return guarded


def admit_respondent(request: HttpRequest, public_id: uuid.UUID) -> None:
    """Start a fresh session key, so that a key planted before the exchange is worth nothing."""
    admitted = request.session.get(SESSION_KEY, [])
    request.session.cycle_key()
    request.session[SESSION_KEY] = [*(known for known in admitted if known != str(public_id)), str(public_id)][-20:]
