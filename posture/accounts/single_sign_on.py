"""Sign-in with the organisation's own identity provider. The provider vouches for an address that must already belong
to an account; a sign-in never creates an account. Only the settings choose the provider."""

import hashlib
from collections.abc import Sequence
from typing import Any

from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch
from django.utils import timezone
from jwt import PyJWTError, get_unverified_header

from surveys.audit import security_events
from surveys.rate_limits import limits

SIGNATURE_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
TOKEN_RATE = limits.Rate(1, 24 * 60 * 60)


def refused_response(request: HttpRequest) -> HttpResponse:
    """Returns the same page for every reason, so that it does not reveal which accounts exist."""
    security_events.record("login refused", at=timezone.now(), about="single sign-on")
    return render(request, "socialaccount/refused.html", status=403)


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def on_authentication_error(self, request: HttpRequest, provider: Any, **_: Any) -> None:
        raise ImmediateHttpResponse(refused_response(request))

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Finds the account by the provider's key for the person, or by an address that both sides have verified."""
        sociallogin.account.extra_data = {}
        if sociallogin.is_existing:
            sociallogin.account.save(update_fields=["extra_data"])
            return
        person = self._person(sociallogin.email_addresses)
        if person is None or sociallogin.state.get("process") != "login":
            raise ImmediateHttpResponse(refused_response(request))
        sociallogin.connect(request, person)

    def _person(self, vouched: Sequence[EmailAddress]) -> Any:
        addresses = [address.email.lower() for address in vouched if address.verified is True]
        verified = EmailAddress.objects.filter(
            verified=True, primary=True, user__is_active=True, email__in=addresses
        )
        return verified.get().user if verified.count() == 1 else None


class SignedTokensOnly(OpenIDConnectOAuth2Adapter):
    """Accepts only an identity token that is signed by the provider, issued for this client, and not used before."""

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> SocialLogin:
        identity = kwargs["response"].get("id_token")
        if not identity:
            raise OAuth2Error("no id_token")
        self.did_fetch_access_token = (
            False  # The library would otherwise trust the connection and skip the signature.
        )
        claims = self._decode_id_token(app, identity)
        digest = hashlib.sha256(identity.encode()).hexdigest()
        if not limits.allow("single sign-on token", digest, rate=TOKEN_RATE, at=timezone.now()):
            raise OAuth2Error("token already used")
        return self.get_provider().sociallogin_from_response(request, {"id_token": claims})

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        try:
            if get_unverified_header(id_token).get("alg") not in SIGNATURE_ALGORITHMS:
                raise OAuth2Error("not signed with a key of the provider")
            claims: dict[str, Any] = super()._decode_id_token(app, id_token)
        except (PyJWTError, KeyError, TypeError, ValueError) as error:
            raise OAuth2Error("unreadable token") from error
        return claims


def sign_in_buttons(request: HttpRequest) -> list[dict[str, str]]:
    """Returns the single sign-on buttons of the sign-in page."""
    try:
        providers = SingleSignOnAdapter().list_providers(request) if settings.SOCIALACCOUNT_PROVIDERS else []
        return [{"name": provider.name, "url": provider.get_login_url(request)} for provider in providers]
    except NoReverseMatch:
        return []
