"""Who may call a view, and with which methods. Each view declares exactly one policy; a route without one
fails `manage.py check`. The policy also decides whose rows the view reaches (`surveys.tenancy`).

public      anybody; nobody's rows
respondent  the holder of an exchanged invitation, for its own response only; the rows of its organisation
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

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods

from surveys.models import Membership, Response
from surveys.tenancy import across_organizations, for_all_organizations, organization_scope

View = Callable[..., HttpResponseBase]
Declaration = Callable[[View], View]

POLICIES = ("public", "respondent", "signed_in", "member", "analyst", "admin", "token")
SESSION_KEY = "responses"


def public(*methods: str) -> Declaration:
    return lambda view: _declared(view, "public", methods)


def signed_in(*methods: str) -> Declaration:
    return lambda view: _declared(_for(view, lambda user: True), "signed_in", methods)


def analyst(*methods: str) -> Declaration:
    reaching: Declaration = for_all_organizations
    return lambda view: _declared(_for(reaching(view), lambda user: user.is_staff), "analyst", methods)


def admin(*methods: str) -> Declaration:
    reaching: Declaration = for_all_organizations
    return lambda view: _declared(_for(reaching(view), lambda user: user.is_superuser), "admin", methods)


def member(*methods: str, role: str = Membership.Role.VIEWER) -> Declaration:
    """The URL names the organisation by `slug`. An organisation that is not one's own, or in which one may too
    little, looks like one that does not exist. The view finds `request.organization` and `request.membership`."""
    enough = Membership.Role.from_(role)

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            membership = _membership(request.user, slug)
            if membership is None or membership.role not in enough:
                raise Http404
            request.membership = membership  # type: ignore[attr-defined]
            request.organization = membership.organization  # type: ignore[attr-defined]
            with organization_scope(membership.organization_id):
                return view(request, slug, *args, **kwargs)

        return _declared(_for(guarded, lambda user: True), "member", methods, role=role)

    return declare


def _membership(user: Any, slug: str) -> Membership | None:
    with across_organizations():
        rows = Membership.objects.filter(user=user, status=Membership.Status.ACTIVE, organization__slug=slug)
        return rows.select_related("organization").first()


def respondent(*methods: str) -> Declaration:
    """The URL names the response by `public_id`; only sessions that exchanged its invitation get in."""

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(
            request: HttpRequest, public_id: uuid.UUID, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            if str(public_id) not in request.session.get(SESSION_KEY, []):
                raise Http404
            with organization_scope(_organization_of_response(public_id)):
                return view(request, public_id, *args, **kwargs)

        return _declared(guarded, "respondent", methods)

    return declare


def _organization_of_response(public_id: uuid.UUID) -> int:
    with across_organizations():
        rows = Response.objects.filter(public_id=public_id).order_by()
        found = rows.values_list("invitation__organization_id", flat=True).first()
    if found is None:
        raise Http404
    return found


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
    limited = require_http_methods(allowed)(view)
    limited.access, limited.methods, limited.role = policy, methods, role  # type: ignore[attr-defined]
    return limited


def admit_respondent(request: HttpRequest, public_id: uuid.UUID) -> None:
    """Start a fresh session key, so that a key planted before the exchange is worth nothing."""
    admitted = request.session.get(SESSION_KEY, [])
    request.session.cycle_key()
    request.session[SESSION_KEY] = [
        *(known for known in admitted if known != str(public_id)),
        str(public_id),
    ][-20:]
