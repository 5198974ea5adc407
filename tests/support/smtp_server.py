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
class Sink:
    """A receiving server. `behaves` returns "accept", "drop", "refuse" or "delay" for an identity and its number of
    deliveries."""

    port: int = 0
    behaves: Callable[[str, int], str] = lambda identity, times: "accept"
    accepted: list[Accepted] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def decide(self, identity: str) -> str:
        with self.lock:
            self.seen[identity] = self.seen.get(identity, 0) + 1
            behaviour = self.behaves(identity, self.seen[identity])
        if behaviour == "delay":
            time.sleep(DELAY_SECONDS)
        return behaviour

    def accept(self, identity: str, text: str) -> None:
        with self.lock:
            self.accepted.append(Accepted(identity, text))


class _Smtp(socketserver.StreamRequestHandler):
    timeout = 20

    def handle(self) -> None:
        sink: Sink = self.server.sink  # type: ignore[attr-defined]
        self._say("220 sink")
        for line in self.rfile:
            command = line.decode("latin-1").strip().upper()
            if command.startswith("EHLO"):
                self._say("250-sink\r\n250 8BITMIME")
            elif command == "DATA":
                self._say("354 go on")
                if not self._data(sink):
                    return
            elif command == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("502 no" if command.startswith("STARTTLS") else "250 ok")

    def _data(self, sink: Sink) -> bool:
        lines: list[str] = []
        for line in self.rfile:
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            if text == ".":
                break
            lines.append(text)
        else:
            return False
        identity = next(
            (line.partition(":")[2].strip() for line in lines if line.startswith("Message-ID:")), ""
        )
        behaviour = sink.decide(identity)
        if behaviour == "drop":
            return False
        if behaviour == "refuse":
            self._say("451 not now")
            return True
        sink.accept(identity, "\n".join(lines))
        self._say("250 taken")
        return True

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        sink: Sink = self.server.sink  # type: ignore[attr-defined]
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        identity = self.headers["Event-Id"]
        behaviour = sink.decide(identity)
        if behaviour == "drop":
            self.close_connection = True
            self.connection.close()
            return
        if behaviour != "refuse":
            sink.accept(identity, text)
        self.send_response(500 if behaviour == "refuse" else 204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


class _SmtpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


class _HookServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Ignores a client that was killed."""


@contextmanager
def _serving(server: Any) -> Iterator[Sink]:
    server.sink = Sink(port=server.server_address[1])
    server.handle_error = lambda *_: None
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.sink
    finally:
        server.shutdown()
        server.server_close()


def smtp_sink() -> Any:
    return _serving(_SmtpServer(("127.0.0.1", 0), _Smtp))


def hook_sink() -> Any:
    return _serving(_HookServer(("127.0.0.1", 0), _Hook))
