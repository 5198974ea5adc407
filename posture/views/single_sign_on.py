"""OpenID Connect endpoints: the redirect to the provider, and the callback."""

from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import login as to_provider
from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from posture.accounts.single_sign_on import SignedTokensOnly
from surveys.web.access import public


@public("POST")
def openid_connect(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    response: HttpResponseBase = to_provider(request, provider_id)
    return response


@public("GET")
def openid_connect_back(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    if provider_id != settings.OIDC_PROVIDER_ID:
        raise Http404
    response: HttpResponseBase = OAuth2CallbackView.adapter_view(SignedTokensOnly(request, provider_id))(
        request
    )
    return response
