"""SAML endpoints. They are imported only if SAML is configured, because its libraries are an optional extra."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from allauth.socialaccount.providers.saml import views
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from posture.accounts.single_sign_on import refused_response
from surveys.web.access import public

View = Callable[..., HttpResponseBase]


def _with_base_url_host(view: View) -> View:
    """Sets the host of the request to BASE_URL, because the library builds and compares URLs from the request."""

    @wraps(view)
    def with_host(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.META["HTTP_HOST"] = urlsplit(settings.BASE_URL).netloc
        return view(request, *args, **kwargs)

    return with_host


to_provider = public("POST")(_with_base_url_host(views.LoginView.as_view()))
assertion_consumer = csrf_exempt(public("POST")(_with_base_url_host(views.acs)))


@public("GET")
@_with_base_url_host
def finish(request: HttpRequest, organization_slug: str) -> HttpResponseBase:
    try:
        response: HttpResponseBase = views.finish_acs(request, organization_slug=organization_slug)
    except (ValueError, SyntaxError):  # The parser refuses document types, entities and invalid XML.
        return refused_response(request)
    return response


metadata = public("GET")(_with_base_url_host(views.metadata))


@public("GET")
def not_supported(request: HttpRequest, organization_slug: str) -> HttpResponse:
    raise Http404


urlpatterns = [
    path("<str:organization_slug>/login/", to_provider, name="saml_login"),
    path("<str:organization_slug>/acs/", assertion_consumer, name="saml_acs"),
    path("<str:organization_slug>/acs/finish/", finish, name="saml_finish_acs"),
    path("<str:organization_slug>/metadata/", metadata, name="saml_metadata"),
    # The metadata of the library contains this address. Single logout by the provider is not supported.
    path("<str:organization_slug>/sls/", not_supported, name="saml_sls"),
]
