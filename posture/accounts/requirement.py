"""Decides which accounts need a second factor. An account that lacks a required factor reaches only the pages that
set it up."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from surveys.people.memberships import owns_an_organization

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
ACCESS_WITHOUT_ACCOUNT = ("respondent", "token")
ALLOWED_VIEWS = {
    "account_logout",
    "account_reauthenticate",
    "account_change_password",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_view_recovery_codes",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "healthz",
    "readyz",
}


def has_second_factor(user: Any) -> bool:
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists()


def must_have_second_factor(user: Any, *, including_invited: bool = False) -> bool:
    """Returns True for installation admins and owners, and for all accounts if the setting requires it.
    `including_invited` also includes people who are invited as owners and now choose a password."""
    if settings.REQUIRE_SECOND_FACTOR == "everybody":
        return True
    if user is None or user.pk is None:
        return False
    return user.is_superuser or owns_an_organization(user, or_is_invited_to=including_invited)


class SecondFactorRequired:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, arguments: Any, parameters: Any
    ) -> HttpResponseBase | None:
        if getattr(view, "access", "") in ACCESS_WITHOUT_ACCOUNT or not request.user.is_authenticated:
            return None
        if request.resolver_match is None or request.resolver_match.view_name in ALLOWED_VIEWS:
            return None
        if not must_have_second_factor(request.user) or has_second_factor(request.user):
            return None
        return redirect("mfa_index")
