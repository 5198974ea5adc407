"""The web server: waitress, which on SIGTERM takes no more connections and ends when all requests are answered.

    python -m posture.web_server --listen=127.0.0.1:8000

waitress would end at once, and leave whoever waits for an answer without one.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterable
from typing import Any

from django.utils.module_loading import import_string
from waitress import wasyncore
from waitress.server import create_server

MEGABYTE = 1_000_000
SETTINGS = {
    "threads": 8,
    "connection_limit": 1000,
    "channel_timeout": 75,
    "max_request_header_size": 16384,
    "ident": "",
    # A larger buffer reduces the number of reads of a large upload; the main thread makes all of them.
    "recv_bytes": 65536,
    # TRUSTED_PROXIES decides which of these headers count.
    "clear_untrusted_proxy_headers": False,
}
POLL_SECONDS = 0.05
# How long a computing thread holds the interpreter while another needs it only for a moment, such as a save.
SWITCH_SECONDS = 0.001
SHUTDOWN_TIMEOUT_SECONDS = 50


class WebServer:
    """waitress on one address, such as `127.0.0.1:8000`."""

    def __init__(self, application: Any, *, listen: str) -> None:
        self.server = create_server(
            application, listen=listen, max_request_body_size=largest_body(), **SETTINGS
        )
        self.is_ending = False

    def run(self) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        while not self.is_ending:
            self._serve(seconds=1)
        # Only the listening socket: closing the server would also close the trigger that wakes its loop.
        wasyncore.dispatcher.close(self.server)
        deadline = time.monotonic() + SHUTDOWN_TIMEOUT_SECONDS
        while self.server.active_channels and time.monotonic() < deadline:
            self._serve(seconds=POLL_SECONDS)
            for channel in _idle(self.server.active_channels.values()):
                channel.will_close = True
        self.server.task_dispatcher.shutdown()

    def _stop(self, *_: object) -> None:
        self.is_ending = True
        self.server.pull_trigger()

    def _serve(self, *, seconds: float) -> None:
        wasyncore.loop(timeout=seconds, map=self.server._map, use_poll=True, count=1)


def largest_body() -> int:
    """Returns the body limit in bytes: that of an uploaded file, plus a megabyte for the other fields of its form."""
    return MEGABYTE * (int(os.environ.get("LARGEST_UPLOAD_MB", "10")) + 1)


def _idle(channels: Iterable[Any]) -> list[Any]:
    """Returns connections without a request, in part or whole, and without a response that is still to be sent."""
    return [
        channel
        for channel in channels
        if not (channel.requests or channel.request or channel.total_outbufs_len)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--listen", default="127.0.0.1:8000", help="address and port")
    # Only the serving process becomes a web process by this import, not a process that imports this module.
    application = import_string("posture.wsgi.application")
    WebServer(application, listen=parser.parse_args().listen).run()


if __name__ == "__main__":
    main()
