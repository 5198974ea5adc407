"""Who may call a view, and with which methods. Each view declares exactly one policy; a route without one
fails `manage.py check`.

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
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods

View = Callable[..., HttpResponseBase]
Declaration = Callable[[View], View]

POLICIES = ("public", "respondent", "member", "analyst", "token")
SESSION_KEY = "responses"


def public(*methods: str) -> Declaration:
    return lambda view: _declared(view, "public", methods)


def analyst(*methods: str) -> Declaration:
    return lambda view: _declared(_signed_in(view, lambda user: user.is_staff), "analyst", methods)


def member(*methods: str) -> Declaration:
    return lambda view: _declared(_signed_in(view, lambda user: True), "member", methods)


def respondent(*methods: str) -> Declaration:
    """The URL names the response by `public_id`; only sessions that exchanged its invitation get in."""

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(
            request: HttpRequest, public_id: uuid.UUID, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            if str(public_id) not in request.session.get(SESSION_KEY, []):
                raise Http404
            return view(request, public_id, *args, **kwargs)

        return _declared(guarded, "respondent", methods)

    return declare


def _signed_in(view: View, admits: Callable[[Any], bool]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not admits(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def _declared(view: View, policy: str, methods: tuple[str, ...]) -> View:
    allowed = [*methods, "HEAD"] if "GET" in methods else list(methods)
    limited = require_http_methods(allowed)(view)
    limited.access, limited.methods = policy, methods  # type: ignore[attr-defined]
    return limited


def admit_respondent(request: HttpRequest, public_id: uuid.UUID) -> None:
    """Start a fresh session key, so that a key planted before the exchange is worth nothing."""
    admitted = request.session.get(SESSION_KEY, [])
    request.session.cycle_key()
    request.session[SESSION_KEY] = [
        *(known for known in admitted if known != str(public_id)),
        str(public_id),
    ][-20:]
