"""`Authorization: Bearer TOKEN`."""

from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from posture.accounts.tokens import token_from_text
from posture.models import ApiToken
from surveys.rate_limits import limits
from surveys.rate_limits.limits import Rate

RATE = Rate(60, 60)


class BearerToken(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        if "posture_" in request.META.get("QUERY_STRING", ""):
            raise AuthenticationFailed("Tokens go into the header, never into an address. Revoke this one.")
        header_parts = get_authorization_header(request).decode("latin-1").split()
        if not header_parts:
            return None
        if len(header_parts) != 2 or header_parts[0].lower() != "bearer":
            raise AuthenticationFailed("Expected the header: Authorization: Bearer TOKEN")
        now = timezone.now()
        token = token_from_text(header_parts[1], at=now)
        if token is None:
            raise AuthenticationFailed("This token is unknown, expired or revoked.")
        limits.enforce("api", token.pk, rate=RATE, at=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class BearerTokenInDocument(OpenApiAuthenticationExtension):
    target_class = "posture.api.authentication.BearerToken"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
