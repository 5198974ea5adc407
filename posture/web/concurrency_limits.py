"""Limits concurrent costly requests, so that saves of answers never wait for them. A process has one interpreter and
few threads. So some costly requests run, some wait briefly, and all others get status 429.

Each process counts its own requests, because the limit protects its own threads.
"""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from posture.web.error_responses import refusal
from surveys.rate_limits.client_address import client_network
from surveys.web.annotated_request import AnnotatedRequest
from surveys.web.costly_requests import is_costly

# Maximum number of concurrent costly requests by name of the caller.
Callers = Mapping[str, int]

TOO_MANY = 429
AGAIN_SECONDS = 2
BUSY = _("Many large pages, tables or files are being made at this moment. Nothing was lost.")


class Places:
    """Semaphore with a bounded queue: `working` requests run at once, and `waiting` further ones wait."""

    def __init__(self, *, working: int, waiting: int, patience_seconds: float) -> None:
        self.working, self.waiting, self.patience = working, waiting, patience_seconds
        self._inside = self._at_work = 0
        self._callers: Counter[str] = Counter()
        self._changed = threading.Condition()

    def enter(self, callers: Callers) -> bool:
        """Returns whether the request gets a place, at once or within the patience. Each successful call needs a
        `leave`."""
        with self._changed:
            is_full = self._inside >= self.working + self.waiting
            if is_full or any(self._callers[name] >= most for name, most in callers.items()):
                return False
            self._count(callers, 1)
            if not self._changed.wait_for(lambda: self._at_work < self.working, self.patience):
                self._count(callers, -1)
                return False
            self._at_work += 1
            return True

    def leave(self, callers: Callers) -> None:
        with self._changed:
            self._at_work -= 1
            self._count(callers, -1)
            self._changed.notify()

    def _count(self, callers: Callers, by: int) -> None:
        self._inside += by
        for name in callers:
            self._callers[name] += by
            if not self._callers[name]:
                del self._callers[name]


# Costly requests never take three of the eight threads of a web process.
PLACES = Places(working=2, waiting=3, patience_seconds=3)
# Many people may share the address of one network.
OF_A_SESSION, OF_A_NETWORK = 2, 4


class Crowd:
    """Middleware that takes a place before the CSRF check, which reads the whole body. It frees the place after the
    response is sent."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            response = self.get_response(request)
        except BaseException:
            _leave(request)
            raise
        response._resource_closers.append(lambda: _leave(request))  # type: ignore[attr-defined]
        return response

    def process_view(
        self, request: AnnotatedRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if not is_costly(view, str(request.method)):
            return None
        callers = callers_of(request)
        if not PLACES.enter(callers):
            return refusal(request, TOO_MANY, str(BUSY), retry_after=AGAIN_SECONDS)
        request.place_of = callers
        return None


def _leave(request: HttpRequest) -> None:
    callers = request.__dict__.pop("place_of", None)
    if callers is not None:
        PLACES.leave(callers)


def callers_of(request: HttpRequest) -> Callers:
    """Returns the limits by network and by the token or session that was sent. Neither is validated, so this needs no
    database query."""
    shown = request.headers.get("Authorization") or request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    network = {f"network {client_network(request)}": OF_A_NETWORK}
    return network | ({f"session {shown}": OF_A_SESSION} if shown else {})
