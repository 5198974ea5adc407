"""The URLs of an installation with both kinds of single sign-on."""

from django.urls import include, path

from posture.urls import handler400, handler403, handler500
from posture.views import single_sign_on

__all__ = ["handler400", "handler403", "handler500", "urlpatterns"]

urlpatterns = [
    path(
        "account/sso/oidc/<str:provider_id>/login/",
        single_sign_on.openid_connect,
        name="openid_connect_login",
    ),
    path(
        "account/sso/oidc/<str:provider_id>/login/callback/",
        single_sign_on.openid_connect_back,
        name="openid_connect_callback",
    ),
    path("account/sso/saml/", include("posture.views.saml")),
    path("", include("posture.urls")),
]
