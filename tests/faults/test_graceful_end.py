"""Tests that a web server on SIGTERM completes the requests it has received, and then ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from posture.launch.places import ROOT
from tests.faults.harness.installation import NOT_INHERITED
from tests.support.processes import free_port, is_open

pytestmark = pytest.mark.long

WORK_SECONDS, PATIENCE_SECONDS = 1.5, 30
LONG_BODY_BYTES = 3_000_000
# An application that returns the body after a while, with many bytes on request.
PRODUCT_SERVER = """
import sys, time
from posture.web_server import WebServer

def application(environ, start_response):
    body = environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/slow":
        time.sleep({seconds})
    if environ["PATH_INFO"] == "/long":
        body = b"x" * {length}
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]

WebServer(application, listen=sys.argv[1]).run()
"""
# The default behaviour of waitress.
WAITRESS_SERVER = PRODUCT_SERVER.replace(
    "WebServer(application, listen=sys.argv[1]).run()",
    "import waitress; waitress.serve(application, listen=sys.argv[1])",
)


@contextmanager
def serving(program: str) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    environment = {**inherited, "POSTURE_EMBEDDED": "1", "DJANGO_SETTINGS_MODULE": "posture.settings"}
    environment["SECRET_KEY"] = os.environ["SECRET_KEY"]
    code = program.format(seconds=WORK_SECONDS, length=LONG_BODY_BYTES)
    with subprocess.Popen(
        [sys.executable, "-c", code, f"127.0.0.1:{port}"], cwd=ROOT, env=environment
    ) as process:
        try:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not is_open(port):
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield process, port
        finally:
            process.kill()


def send_request(port: int, path: str, body: bytes = b"", *, body_bytes: int | None = None) -> socket.socket:
    """Opens a connection and sends a request. sent: the number of bytes of the body that are sent at once; all
    without it."""
    client = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    client.sendall(head.encode() + body[:body_bytes])
    return client


def read_response(client: socket.socket) -> bytes:
    """Reads until the server closes the connection."""
    received = b""
    while chunk := client.recv(65536):
        received += chunk
    return received


def test_received_requests_are_completed_after_sigterm() -> None:
    """One client waits for the application, one has sent half of a request, one reads slowly, and one sends
    nothing."""
    with serving(PRODUCT_SERVER) as (process, port):
        slow_client = send_request(port, "/slow", b"slow")
        half_sent = send_request(port, "/half", b"halves", body_bytes=3)
        slow_reader = send_request(port, "/long")
        idle_client = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert not is_open(port), "nobody new is let in"
        half_sent.sendall(b"ves")
        assert read_response(slow_client).endswith(b"\r\n\r\nslow")
        assert read_response(half_sent).endswith(b"\r\n\r\nhalves")
        assert len(read_response(slow_reader).partition(b"\r\n\r\n")[2]) == LONG_BODY_BYTES
        assert read_response(idle_client) == b""
        assert process.wait(PATIENCE_SECONDS) == 0


def test_a_server_that_ends_at_once_is_found() -> None:
    """The negative control."""
    with serving(WAITRESS_SERVER) as (process, port):
        slow_client = send_request(port, "/slow", b"slow")
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        with pytest.raises((AssertionError, OSError)):
            assert read_response(slow_client).endswith(b"slow")
