"""Few costly requests at once, so that whoever saves an answer never waits for them. One process has one interpreter
and few threads; so some requests work, some wait for a moment, and the others are told to come again.

Each process counts for itself: what it protects is its own threads.
"""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from posture.refusals import refusal
from surveys.client_address import client_network
from surveys.costly import is_costly

TOO_MANY = 429
AGAIN_SECONDS = 2
BUSY = "Many large pages, tables or files are being made at this moment. Nothing was lost."


class Places:
    """So many requests work at once, and so many wait."""

    def __init__(self, *, working: int, waiting: int, patience_seconds: float) -> None:
        self.working, self.waiting, self.patience = working, waiting, patience_seconds
        self._at_work = 0
        self._callers: Counter[str] = Counter()
        self._changed = threading.Condition()

    def enter(self, caller: str, *, most: int) -> bool:
        """Whether there is a place, at once or soon; a caller has at most so many. Whoever got one must `leave`."""
        with self._changed:
            if self._callers.total() >= self.working + self.waiting or self._callers[caller] >= most:
                return False
            self._callers[caller] += 1
            if not self._changed.wait_for(lambda: self._at_work < self.working, self.patience):
                self._forget(caller)
                return False
            self._at_work += 1
            return True

    def leave(self, caller: str) -> None:
        with self._changed:
            self._at_work -= 1
            self._forget(caller)
            self._changed.notify()

    def _forget(self, caller: str) -> None:
        self._callers[caller] -= 1
        if not self._callers[caller]:
            del self._callers[caller]


# Of the eight threads of a web process, three are never taken by costly requests.
PLACES = Places(working=2, waiting=3, patience_seconds=3)
# Behind the address of one network there may be many people.
EACH, EACH_NETWORK = 2, 4


class Crowd:
    """Before the check against forgery, which reads the whole body. A place is given back when the answer was sent."""

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
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if not is_costly(view, str(request.method)):
            return None
        caller, most = caller_of(request)
        if not PLACES.enter(caller, most=most):
            return refusal(request, TOO_MANY, BUSY, retry_after=AGAIN_SECONDS)
        request.place_of = caller  # type: ignore[attr-defined]
        return None


def _leave(request: HttpRequest) -> None:
    caller = request.__dict__.pop("place_of", None)
    if caller is not None:
        PLACES.leave(caller)


def caller_of(request: HttpRequest) -> tuple[str, int]:
    """And how many places it may have. Without asking the database: by the token or session that came, else by the
    network."""
    shown = request.headers.get("Authorization") or request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    return (shown, EACH) if shown else (client_network(request), EACH_NETWORK)
