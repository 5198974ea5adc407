"""Context processor: memberships of the signed-in person, and whether the installation is an evaluation."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from surveys.people.memberships import memberships_of


def account_menu(request: HttpRequest) -> dict[str, Any]:
    return {
        "is_evaluation": settings.EMBEDDED,
        "memberships_of_reader": SimpleLazyObject(lambda: memberships_of(request.user)),
    }
