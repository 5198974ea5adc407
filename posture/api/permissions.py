"""A token opens what its scopes name; reading needs `read`."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from posture.models import ApiToken


class HasReadScope(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, ApiToken) and request.auth.has_scope("read")
