"""Simulates a bad network between respondent and server: a proxy that loses responses, repeats requests, breaks
connections and delays. It disturbs only saves, so that a respondent can sign in."""

import contextlib
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Mapping
from random import Random

RESET_AT_CLOSE = struct.pack("ii", 1, 0)
LATE_SECONDS = 0.5
DELAY_SECONDS = 2
# The rest of the chances up to 1 is for requests that pass unchanged.
CHANCES = {
    "answer lost": 0.3,
    "sent twice": 0.08,
    "sent again late": 0.08,
    "broken off": 0.1,
    "delayed": 0.01,
}
DISTURBED = (b"PUT", b"POST")


class ConnectionGone(Exception):
    """Raised when the other side has closed the connection."""


class Proxy:
    def __init__(self, upstream: int, random: Random, *, chances: Mapping[str, float] = CHANCES) -> None:
        self.upstream, self.random, self.chances = upstream, random, chances
        self.is_calm = True
        self.faults: Counter[str] = Counter()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        self.late_requests: list[threading.Thread] = []

    def __enter__(self) -> "Proxy":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.close()
        for thread in self.late_requests:
            thread.join(LATE_SECONDS + 10)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError, ConnectionGone):
            while True:
                request = read_message(client)
                fault = self._fault(request)
                self.faults[fault] += 1
                if not self._forward(client, request, fault):
                    return

    def _fault(self, request: bytes) -> str:
        if self.is_calm or not request.startswith(DISTURBED):
            return "none"
        return self.random.choices(
            [*self.chances, "none"], [*self.chances.values(), 1 - sum(self.chances.values())]
        )[0]

    def _forward(self, client: socket.socket, request: bytes, fault: str) -> bool:
        """Returns False when the connection to the client has ended."""
        if fault == "broken off":
            self._break_off(request)
            _reset(client)
            return False
        if fault == "delayed":
            time.sleep(DELAY_SECONDS)
        responses: list[bytes] = []
        if fault == "sent twice":
            second_request = threading.Thread(target=lambda: responses.append(self._request(request)))
            second_request.start()
            responses.append(self._request(request))
            second_request.join()
        else:
            responses.append(self._request(request))
        if fault == "sent again late":
            self._send_again_later(request)
        if fault == "answer lost":
            _reset(client)
            return False
        client.sendall(responses[0])
        return True

    def _request(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.upstream), timeout=30) as server:
            server.sendall(request)
            return read_message(server)

    def _send_again_later(self, request: bytes) -> None:
        def send() -> None:
            time.sleep(LATE_SECONDS)
            with contextlib.suppress(OSError, ConnectionGone):
                self._request(request)

        thread = threading.Thread(target=send, daemon=True)
        self.late_requests.append(thread)
        thread.start()

    def _break_off(self, request: bytes) -> None:
        """Breaks the connection in the middle of the body."""
        head, end, body = request.partition(b"\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self.upstream), timeout=30) as server:
            server.sendall(head + end + body[: len(body) // 2])
            _reset(server)


def read_message(connection: socket.socket) -> bytes:
    """Reads one request or response with its body, unchanged."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _receive(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            while len(body) < int(value):
                body += _receive(connection)
    return head + b"\r\n\r\n" + body


def _receive(connection: socket.socket) -> bytes:
    received = connection.recv(65536)
    if not received:
        raise ConnectionGone
    return received


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
    connection.close()
