"""Access policies of views: the callers and methods that a view accepts.

Each view declares exactly one policy; a route without one fails `manage.py check`. The policy also decides which rows
the view may reach (`surveys.tenancy.organization_scope`).

public      every caller; no rows of organisations
respondent  a device that exchanged an invitation, for its own response only; the rows of its organisation
signed_in   a signed-in user; no rows of organisations
member      a signed-in user with an active membership, of at least a role, of the organisation in the URL; the rows
            of that organisation
analyst     a signed-in user who runs surveys; the rows of all organisations
admin       a signed-in user who administers the installation; the rows of all organisations
token       an API client with a bearer token; the rows of all organisations, but a view shows published data only
"""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from surveys.fieldwork import respondent_sessions
from surveys.models import Membership, RespondentSession
from surveys.rate_limits.change_limits import limited
from surveys.tenancy.organization_scope import across_organizations, for_all_organizations, organization_scope
from surveys.web.annotated_request import AnnotatedRequest

View = Callable[..., HttpResponseBase]
Declaration = Callable[[View], View]

POLICIES = ("public", "respondent", "signed_in", "member", "analyst", "admin", "token")


def public(*methods: str) -> Declaration:
    return lambda view: _with_policy(limited(view, "public"), "public", methods)


def signed_in(*methods: str) -> Declaration:
    return lambda view: _with_policy(
        _for_user(limited(view, "signed_in"), lambda user: True), "signed_in", methods
    )


def analyst(*methods: str) -> Declaration:
    across_all: Declaration = for_all_organizations
    return lambda view: _with_policy(
        _for_user(limited(across_all(view), "analyst"), lambda user: user.is_staff), "analyst", methods
    )


def admin(*methods: str) -> Declaration:
    across_all: Declaration = for_all_organizations
    return lambda view: _with_policy(
        _for_user(limited(across_all(view), "admin"), lambda user: user.is_superuser), "admin", methods
    )


def member(*methods: str, role: str = Membership.Role.VIEWER) -> Declaration:
    """Admits active members with at least this role. The URL names the organisation by `slug`.

    An organisation without such a membership responds like one that does not exist. The view finds
    `request.organization` and `request.membership`.
    """
    allowed_roles = Membership.Role.at_least(role)

    def declare(view: View) -> View:
        limited_view = limited(view, "member")

        @wraps(view)
        def guarded(request: AnnotatedRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            membership = _membership(request.user, slug)
            if membership is None or membership.role not in allowed_roles:
                raise Http404
            request.membership = membership
            request.organization = membership.organization
            with organization_scope(membership.organization_id):
                return limited_view(request, slug, *args, **kwargs)

        return _with_policy(_for_user(guarded, lambda user: True), "member", methods, role=role)

    return declare


def _membership(user: Any, slug: str) -> Membership | None:
    with across_organizations():
        rows = Membership.objects.filter(user=user, status=Membership.Status.ACTIVE, organization__slug=slug)
        return rows.select_related("organization").first()


def requires_reauthentication(view: View) -> View:
    """Requires a login, or the password or second factor again, within the last five minutes before a change.

    Goes below the access policy of a view. GET requests need no confirmation.
    """
    wrapped: View = reauthentication_required(allow_get=True)(view)
    return wrapped


def respondent(*methods: str, confirmed: bool = True, saves: bool = False) -> Declaration:
    """Admits devices that exchanged the invitation of the response that the URL names by `public_id`.

    With `confirmed`, only devices that entered the mailed code are admitted. A view with `saves` counts requests by
    itself.
    """

    def declare(view: View) -> View:
        limited_view = view if saves else limited(view, "respondent")

        @wraps(view)
        def guarded(
            request: AnnotatedRequest, public_id: uuid.UUID, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            session = respondent_session(request, public_id)
            if session is None:
                raise Http404
            if confirmed and session.confirmed_at is None:
                return _code_required(request, public_id)
            request.respondent = session
            with organization_scope(session.organization_id):
                return limited_view(request, public_id, *args, **kwargs)

        return _with_policy(guarded, "respondent", methods)

    return declare


def respondent_session(request: HttpRequest, public_id: uuid.UUID) -> RespondentSession | None:
    secret = request.COOKIES.get(cookie_name(public_id), "")
    if not secret:
        return None
    with across_organizations():
        return respondent_sessions.find_session(public_id, secret, at=timezone.now())


def set_session_cookie(response: HttpResponse, public_id: uuid.UUID, secret: str) -> HttpResponse:
    """Sets the cookie of a session. Each invitation has its own cookie, so that one browser can answer several."""
    response.set_cookie(
        cookie_name(public_id),
        secret,
        max_age=respondent_sessions.MAX_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


def cookie_name(public_id: uuid.UUID) -> str:
    """Returns the name of the cookie. Browsers accept the prefix over https only, which a local evaluation copy
    lacks."""
    return f"{'__Host-' if settings.SESSION_COOKIE_SECURE else ''}answers-{public_id.hex[:16]}"


def _code_required(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    if request.method in ("GET", "HEAD", "POST"):
        return redirect("surveys:code", public_id)
    return JsonResponse({"error": _("a mailed code is needed on this device")}, status=403)


def _for_user(view: View, is_admitted: Callable[[Any], bool]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not is_admitted(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def _with_policy(view: View, policy: str, methods: tuple[str, ...], *, role: str = "") -> View:
    allowed = [*methods, "HEAD"] if "GET" in methods else list(methods)
    restricted_view = require_http_methods(allowed)(view)
    restricted_view.access, restricted_view.methods, restricted_view.role = policy, methods, role  # type: ignore[attr-defined]
    return restricted_view
