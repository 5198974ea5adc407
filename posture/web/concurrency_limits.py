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

TOO_MANY_REQUESTS = 429
RETRY_SECONDS = 2
BUSY_MESSAGE = _("Many large pages, tables or files are being made at this moment. Nothing was lost.")


class BoundedSemaphore:
    """Semaphore with a bounded queue: `max_running` requests run at once, and `max_waiting` further ones wait."""

    def __init__(self, *, max_running: int, max_waiting: int, timeout_seconds: float) -> None:
        self.max_running, self.max_waiting, self.timeout_seconds = max_running, max_waiting, timeout_seconds
        self._admitted = self._running = 0
        self._callers: Counter[str] = Counter()
        self._changed = threading.Condition()

    def acquire(self, callers: Callers) -> bool:
        """Returns whether the request gets a place, at once or within the patience. Each successful call needs a
        `leave`."""
        with self._changed:
            is_full = self._admitted >= self.max_running + self.max_waiting
            if is_full or any(self._callers[name] >= limit for name, limit in callers.items()):
                return False
            self._count(callers, 1)
            if not self._changed.wait_for(lambda: self._running < self.max_running, self.timeout_seconds):
                self._count(callers, -1)
                return False
            self._running += 1
            return True

    def release(self, callers: Callers) -> None:
        with self._changed:
            self._running -= 1
            self._count(callers, -1)
            self._changed.notify()

    def _count(self, callers: Callers, change: int) -> None:
        self._admitted += change
        for name in callers:
            self._callers[name] += change
            if not self._callers[name]:
                del self._callers[name]


# Costly requests never take three of the eight threads of a web process.
COSTLY_REQUESTS = BoundedSemaphore(max_running=2, max_waiting=3, timeout_seconds=3)
# Many people may share the address of one network.
PER_SESSION, PER_NETWORK = 2, 4


class ConcurrencyLimit:
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
        if not COSTLY_REQUESTS.acquire(callers):
            return refusal(request, TOO_MANY_REQUESTS, str(BUSY_MESSAGE), retry_after=RETRY_SECONDS)
        request.place_of = callers
        return None


def _leave(request: HttpRequest) -> None:
    callers = request.__dict__.pop("place_of", None)
    if callers is not None:
        COSTLY_REQUESTS.release(callers)


def callers_of(request: HttpRequest) -> Callers:
    """Returns the limits by network and by the token or session that was sent. Neither is validated, so this needs no
    database query."""
    credential = request.headers.get("Authorization") or request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    network = {f"network {client_network(request)}": PER_NETWORK}
    return network | ({f"session {credential}": PER_SESSION} if credential else {})
