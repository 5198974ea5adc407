"""Servers that receive mails and calls in tests. They count what they accept, and misbehave as configured."""

import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DELAY_SECONDS = 0.3


@dataclass(frozen=True)
class Accepted:
    """One accepted mail or call: its Message-ID or event id, and the text."""

    identity: str
    text: str


@dataclass
class Receiver:
    """A receiving server. `behaviour_of` returns "accept", "drop", "refuse" or "delay" for an identity and its number
    of deliveries."""

    port: int = 0
    behaviour_of: Callable[[str, int], str] = lambda identity, times: "accept"
    accepted: list[Accepted] = field(default_factory=list)
    deliveries: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def decide(self, delivery_id: str) -> str:
        with self.lock:
            self.deliveries[delivery_id] = self.deliveries.get(delivery_id, 0) + 1
            behaviour = self.behaviour_of(delivery_id, self.deliveries[delivery_id])
        if behaviour == "delay":
            time.sleep(DELAY_SECONDS)
        return behaviour

    def accept(self, identity: str, text: str) -> None:
        with self.lock:
            self.accepted.append(Accepted(identity, text))


class _SmtpHandler(socketserver.StreamRequestHandler):
    timeout = 20

    def handle(self) -> None:
        receiver: Receiver = self.server.receiver  # type: ignore[attr-defined]
        self._reply("220 test server")
        for line in self.rfile:
            command = line.decode("latin-1").strip().upper()
            if command.startswith("EHLO"):
                self._reply("250-test\r\n250 8BITMIME")
            elif command == "DATA":
                self._reply("354 go on")
                if not self._data(receiver):
                    return
            elif command == "QUIT":
                self._reply("221 bye")
                return
            else:
                self._reply("502 no" if command.startswith("STARTTLS") else "250 ok")

    def _data(self, receiver: Receiver) -> bool:
        lines: list[str] = []
        for line in self.rfile:
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            if text == ".":
                break
            lines.append(text)
        else:
            return False
        message_id = next(
            (line.partition(":")[2].strip() for line in lines if line.startswith("Message-ID:")), ""
        )
        behaviour = receiver.decide(message_id)
        if behaviour == "drop":
            return False
        if behaviour == "refuse":
            self._reply("451 not now")
            return True
        receiver.accept(message_id, "\n".join(lines))
        self._reply("250 taken")
        return True

    def _reply(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _WebhookHandler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        receiver: Receiver = self.server.receiver  # type: ignore[attr-defined]
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        event_id = self.headers["Event-Id"]
        behaviour = receiver.decide(event_id)
        if behaviour == "drop":
            self.close_connection = True
            self.connection.close()
            return
        if behaviour != "refuse":
            receiver.accept(event_id, text)
        self.send_response(500 if behaviour == "refuse" else 204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


class _SmtpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


class _WebhookServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Ignores a client that was killed."""


@contextmanager
def _serving(server: Any) -> Iterator[Receiver]:
    server.receiver = Receiver(port=server.server_address[1])
    server.handle_error = lambda *_: None
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.receiver
    finally:
        server.shutdown()
        server.server_close()


def smtp_server() -> Any:
    return _serving(_SmtpServer(("127.0.0.1", 0), _SmtpHandler))


def webhook_server() -> Any:
    return _serving(_WebhookServer(("127.0.0.1", 0), _WebhookHandler))
