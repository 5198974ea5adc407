"""Servers with planted faults in saving."""

import json
import queue
import threading
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

LATER_SECONDS = 0.05
RequestHandler = Callable[[HttpRequest], HttpResponse]


def acknowledges_before_committing(get_response: RequestHandler) -> RequestHandler:
    """Acknowledges saves and carries them out afterwards, one after the other."""
    unsaved: queue.SimpleQueue[HttpRequest] = queue.SimpleQueue()

    def save_later() -> None:
        while True:
            time.sleep(LATER_SECONDS)
            get_response(unsaved.get())

    threading.Thread(target=save_later, daemon=True).start()

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method != "PUT":
            return get_response(request)
        assert request.body
        unsaved.put(request)
        return JsonResponse({"version": int(json.loads(request.headers["If-Match"])) + 1, "saved_at": "now"})

    return middleware


def forgets_keys(get_response: RequestHandler) -> RequestHandler:
    """Treats each attempt as a separate save."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.META["HTTP_IDEMPOTENCY_KEY"] = str(uuid.uuid4())
        return get_response(request)

    return middleware
