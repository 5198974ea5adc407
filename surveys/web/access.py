"""Who may call a view, and with which methods. Each view declares exactly one policy; a route without one
fails `manage.py check`. The policy also decides whose rows the view reaches (`surveys.tenancy.organization_scope`).

public      anybody; nobody's rows
respondent  a device that exchanged an invitation, for its own response only; the rows of its organisation
signed_in   any signed-in person; nobody's rows
member      a signed-in person with an active membership, of at least a role, of the organisation that the address
            names; the rows of that organisation
analyst     a signed-in person who runs surveys; the rows of all
admin       a signed-in person who looks after the installation; the rows of all
token       a machine with a bearer token; the rows of all, and a view shows only what is published
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
    return lambda view: _declared(limited(view, "public"), "public", methods)


def signed_in(*methods: str) -> Declaration:
    return lambda view: _declared(_for(limited(view, "signed_in"), lambda user: True), "signed_in", methods)


def analyst(*methods: str) -> Declaration:
    reaching: Declaration = for_all_organizations
    return lambda view: _declared(
        _for(limited(reaching(view), "analyst"), lambda user: user.is_staff), "analyst", methods
    )


def admin(*methods: str) -> Declaration:
    reaching: Declaration = for_all_organizations
    return lambda view: _declared(
        _for(limited(reaching(view), "admin"), lambda user: user.is_superuser), "admin", methods
    )


def member(*methods: str, role: str = Membership.Role.VIEWER) -> Declaration:
    """The URL names the organisation by `slug`. An organisation that is not one's own, or in which one may too
    little, looks like one that does not exist. The view finds `request.organization` and `request.membership`."""
    enough = Membership.Role.from_(role)

    def declare(view: View) -> View:
        counted = limited(view, "member")

        @wraps(view)
        def guarded(request: AnnotatedRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            membership = _membership(request.user, slug)
            if membership is None or membership.role not in enough:
                raise Http404
            request.membership = membership
            request.organization = membership.organization
            with organization_scope(membership.organization_id):
                return counted(request, slug, *args, **kwargs)

        return _declared(_for(guarded, lambda user: True), "member", methods, role=role)

    return declare


def _membership(user: Any, slug: str) -> Membership | None:
    with across_organizations():
        rows = Membership.objects.filter(user=user, status=Membership.Status.ACTIVE, organization__slug=slug)
        return rows.select_related("organization").first()


def confirmed_first(view: View) -> View:
    """Below the policy of a view: whoever changes something by it signed in, or gave the password or the second
    factor again, during the last five minutes. Looking needs nothing."""
    asking: View = reauthentication_required(allow_get=True)(view)
    return asking


def respondent(*methods: str, confirmed: bool = True, saves: bool = False) -> Declaration:
    """The URL names the response by `public_id`; only devices that exchanged its invitation get in, and beyond the page
    for the mailed code only those that are `confirmed`. A view that `saves` while somebody types counts by itself."""

    def declare(view: View) -> View:
        counted = view if saves else limited(view, "respondent")

        @wraps(view)
        def guarded(
            request: AnnotatedRequest, public_id: uuid.UUID, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            session = session_of(request, public_id)
            if session is None:
                raise Http404
            if confirmed and session.confirmed_at is None:
                return _code_wanted(request, public_id)
            request.respondent = session
            with organization_scope(session.organization_id):
                return counted(request, public_id, *args, **kwargs)

        return _declared(guarded, "respondent", methods)

    return declare


def session_of(request: HttpRequest, public_id: uuid.UUID) -> RespondentSession | None:
    secret = request.COOKIES.get(cookie_of(public_id), "")
    if not secret:
        return None
    with across_organizations():
        return respondent_sessions.find(public_id, secret, at=timezone.now())


def admit(answer: HttpResponse, public_id: uuid.UUID, secret: str) -> HttpResponse:
    """One cookie for each invitation, so that several can be answered side by side in one browser."""
    answer.set_cookie(
        cookie_of(public_id),
        secret,
        max_age=respondent_sessions.LONGEST,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return answer


def cookie_of(public_id: uuid.UUID) -> str:
    """Browsers take the prefix over https only, which a machine's own evaluation copy does not have."""
    return f"{'__Host-' if settings.SESSION_COOKIE_SECURE else ''}answers-{public_id.hex[:16]}"


def _code_wanted(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    if request.method in ("GET", "HEAD", "POST"):
        return redirect("surveys:code", public_id)
    return JsonResponse({"error": "a mailed code is needed on this device"}, status=403)


def _for(view: View, admits: Callable[[Any], bool]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not admits(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def _declared(view: View, policy: str, methods: tuple[str, ...], *, role: str = "") -> View:
    allowed = [*methods, "HEAD"] if "GET" in methods else list(methods)
    declared = require_http_methods(allowed)(view)
    declared.access, declared.methods, declared.role = policy, methods, role  # type: ignore[attr-defined]
    return declared
