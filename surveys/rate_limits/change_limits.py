"""Limits how often one caller may request changes, over all pages.

The caller is a user, the device of a respondent, or on public pages a network. Mails and guessable secrets have
limits of their own in addition.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from surveys.rate_limits import limits
from surveys.rate_limits.client_address import client_network

View = Callable[..., HttpResponseBase]

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
RATE_OF_PERSON = limits.Rate(60, 60, burst=40)
# Hundreds of a company may start within a minute behind one address, and an analyst may send forms by a script.
RATE_OF_GROUP = limits.Rate(600, 60)
RATES = {
    "public": RATE_OF_GROUP,
    "respondent": RATE_OF_PERSON,
    "signed_in": RATE_OF_PERSON,
    "member": RATE_OF_PERSON,
    "analyst": RATE_OF_GROUP,
    "admin": RATE_OF_GROUP,
}


def limited(view: View, policy: str) -> View:
    """Wraps a view with the limit. Goes below the access policy, so that only admitted requests are counted."""

    @wraps(view)
    def limited_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in SAFE_METHODS:
            limits.enforce("change", _caller(request), rate=RATES[policy], at=timezone.now())
        return view(request, *args, **kwargs)

    return limited_view


def _caller(request: HttpRequest) -> str:
    session = getattr(request, "respondent", None)
    if session is not None:
        return f"device {session.pk}"
    if request.user.is_authenticated:
        return f"person {request.user.pk}"
    return f"network {client_network(request)}"
