"""Sends requests at the same moment, with a thread and a connection for each, and a barrier before the first byte."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections

Request = Callable[[], Any]
PATIENCE_SECONDS = 60


def send_at_once(requests: Sequence[Request]) -> list[int]:
    """Returns the status of each request, in their order; 0 for one that raised or did not end."""
    barrier = threading.Barrier(len(requests))
    statuses = [0] * len(requests)

    def ask(number: int) -> None:
        try:
            barrier.wait(PATIENCE_SECONDS)
            statuses[number] = int(requests[number]().status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask, args=(number,), daemon=True) for number in range(len(requests))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    return statuses
