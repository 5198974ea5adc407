"""Child processes, each with a log file. They start in order, each after the previous one is ready, and stop in
reverse order."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

from posture.launch.places import ROOT, VAR, stop

START_TIMEOUT_SECONDS = 60
STOP_SECONDS = 10
PR_SET_PDEATHSIG = 1


class ChildProcesses:
    """Context manager: all child processes are stopped when the block ends, for any reason."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> "ChildProcesses":
        return self

    def __exit__(self, *_: object) -> None:
        """Ignores further Ctrl-C while it stops the children, so that none of them keeps running."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        for __, child in reversed(self.running):
            _stop(child)

    def start(self, name: str, command: Sequence[str | Path], *, is_ready: Callable[[], bool]) -> None:
        log = VAR / "log" / f"{name}.log"
        with log.open("ab") as output:
            child = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )
        self.running.append((name, child))
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not is_ready():
            if child.poll() is not None:
                stop(f"The {name} ended at once; the end of {log} says why.")
            if time.monotonic() > deadline:
                stop(f"The {name} does not answer after {START_TIMEOUT_SECONDS} s; see {log}.")
            time.sleep(0.1)

    def wait(self) -> None:
        """Never returns: it ends by Ctrl-C, or with a message when a child exits."""
        while True:
            for name, child in self.running:
                if child.poll() is not None:
                    stop(f"The {name} ended with code {child.returncode}; see {VAR / 'log' / name}.log.")
            time.sleep(0.5)


def _end_with_parent() -> None:
    """Runs in the child process: makes Linux terminate the child when the launcher is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def broker_answers(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(5) == b"+PONG"
    except OSError:
        return False


def web_answers(url: str, *, host: str = "") -> bool:
    """`host`: the Host header of the request, if it differs from the address."""
    request = urllib.request.Request(url, headers={"Host": host} if host else {})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
