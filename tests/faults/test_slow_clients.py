"""Tests that a hundred clients that send a byte a second, and twenty that send nothing, delay no other client."""

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from posture.launch import commands
from posture.launch.places import ROOT
from posture.launch.processes import web_answers
from tests.faults.harness.installation import NOT_INHERITED
from tests.support.processes import free_port

pytestmark = [pytest.mark.alone]

IN_HEADERS, IN_BODIES, IDLE = 50, 50, 20
REQUESTS = 30
MOST_SECONDS = 0.5
PATIENCE_SECONDS = 60
BEGINNING = b"POST /account/login/ HTTP/1.1\r\nHost: localhost\r\n"
BODY = BEGINNING + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\n"
# A server that gives a thread to each new connection, and has eight of them.
UNBUFFERED = """
import sys
from concurrent.futures import ThreadPoolExecutor
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from posture.wsgi import application

class Pool(WSGIServer):
    threads = ThreadPoolExecutor(8)
    def process_request(self, request, address):
        self.threads.submit(self.work, request, address)
    def work(self, request, address):
        self.finish_request(request, address)
        self.shutdown_request(request)

server = Pool(("127.0.0.1", int(sys.argv[1])), WSGIRequestHandler)
server.set_app(application)
server.serve_forever()
"""


@contextmanager
def running_server(command: list[str | Path], port: int, var: Path) -> Iterator[int]:
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    product_settings = {
        "POSTURE_VAR": str(var),
        "POSTURE_EMBEDDED": "1",
        "DJANGO_SETTINGS_MODULE": "posture.settings",
    }
    environment = {
        **inherited,
        **product_settings,
        "SECRET_KEY": os.environ["SECRET_KEY"],
        "BASE_URL": f"http://localhost:{port}",
    }
    no_output = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, **no_output)  # type: ignore[call-overload]
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not web_answers(f"http://127.0.0.1:{port}/healthz"):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()


@contextmanager
def slow_clients(port: int) -> Iterator[list[socket.socket]]:
    """Keeps the clients connected while the block runs; one thread sends a byte of each every second."""
    stop_requested = threading.Event()
    openings = [BEGINNING] * IN_HEADERS + [BODY] * IN_BODIES + [b""] * IDLE
    clients = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in openings]
    for client, opening in zip(clients, openings, strict=True):
        client.sendall(opening)

    def drip() -> None:
        while not stop_requested.wait(1):
            for client in clients[: IN_HEADERS + IN_BODIES]:
                try:
                    client.send(b"x")
                except OSError:
                    continue

    sender = threading.Thread(target=drip)
    sender.start()
    try:
        yield clients
    finally:
        stop_requested.set()
        sender.join()
        for client in clients:
            client.close()


def p95_of_healthz(port: int) -> float:
    durations = []
    for _ in range(REQUESTS):
        started = time.monotonic()
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{port}/healthz", timeout=MOST_SECONDS * 4
            ) as response:
                assert response.status == 200
        except (OSError, urllib.error.URLError):
            return float("inf")
        durations.append(time.monotonic() - started)
        time.sleep(0.05)
    return sorted(durations)[int(0.95 * len(durations))]


def test_slow_clients_delay_no_other_client(tmp_path: Path) -> None:
    port = free_port()
    with running_server(commands.web(port), port, tmp_path), slow_clients(port) as clients:
        p95 = p95_of_healthz(port)
        print(f"{len(clients)} slow clients, p95 of /healthz {p95 * 1000:.1f} ms")
        assert p95 <= MOST_SECONDS


def test_a_server_without_buffering_is_found(tmp_path: Path) -> None:
    """The negative control."""
    port = free_port()
    command: list[str | Path] = [sys.executable, "-c", UNBUFFERED, str(port)]
    with running_server(command, port, tmp_path), slow_clients(port):
        assert p95_of_healthz(port) > MOST_SECONDS
