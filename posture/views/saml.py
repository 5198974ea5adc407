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

from posture.accounts.single_sign_on import refused
from surveys.web.access import public

View = Callable[..., HttpResponseBase]


def _at_our_address(view: View) -> View:
    """Sets the host of the request to BASE_URL, because the library builds and compares URLs from the request."""

    @wraps(view)
    def there(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.META["HTTP_HOST"] = urlsplit(settings.BASE_URL).netloc
        return view(request, *args, **kwargs)

    return there


to_provider = public("POST")(_at_our_address(views.LoginView.as_view()))
back = csrf_exempt(public("POST")(_at_our_address(views.acs)))


@public("GET")
@_at_our_address
def finish(request: HttpRequest, organization_slug: str) -> HttpResponseBase:
    try:
        response: HttpResponseBase = views.finish_acs(request, organization_slug=organization_slug)
    except (ValueError, SyntaxError):  # The parser refuses document types, entities and invalid XML.
        return refused(request)
    return response


metadata = public("GET")(_at_our_address(views.metadata))


@public("GET")
def gone(request: HttpRequest, organization_slug: str) -> HttpResponse:
    raise Http404


urlpatterns = [
    path("<str:organization_slug>/login/", to_provider, name="saml_login"),
    path("<str:organization_slug>/acs/", back, name="saml_acs"),
    path("<str:organization_slug>/acs/finish/", finish, name="saml_finish_acs"),
    path("<str:organization_slug>/metadata/", metadata, name="saml_metadata"),
    # The metadata of the library contains this address. Single logout by the provider is not supported.
    path("<str:organization_slug>/sls/", gone, name="saml_sls"),
]
