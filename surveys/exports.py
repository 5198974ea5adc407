"""Exports take time and memory: somebody may have two of them at once."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from surveys import limits

AT_ONCE = 2
LONGEST_SECONDS = 120
RETRY_AFTER = 5

View = Callable[..., HttpResponseBase]


def two_at_once(view: View) -> View:
    """Counted for the organisation of the address, else for the person. Stands below the policy of the view."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        organization = getattr(request, "organization", None)
        who = f"organization {organization.pk}" if organization else f"person {request.user.pk}"
        place = limits.place("export", who, places=AT_ONCE, seconds=LONGEST_SECONDS, at=timezone.now())
        with place as verdict:
            if not verdict:
                raise limits.TooMany("export", RETRY_AFTER)
            return view(request, *args, **kwargs)

    return guarded
