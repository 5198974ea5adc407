"""`make run`: the complete product on one machine, with SQLite, an embedded broker and a real worker."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from types import FrameType
from typing import TextIO

from posture.launch import commands
from posture.launch.installation import install
from posture.launch.places import PYTHON, ROOT, VAR, make_folder, stop
from posture.launch.processes import ChildProcesses, broker_answers, port_is_free, web_answers

BROKER_SOCKET = commands.broker_socket(VAR)
MAX_SOCKET_PATH = 100


def run() -> None:
    port = _port()
    install("requirements.txt")
    _create_var()
    lock = _lock_var()
    url = f"http://localhost:{port}"
    environment = {**os.environ, "POSTURE_EMBEDDED": "1", "POSTURE_VAR": str(VAR), "BASE_URL": url}
    with lock, ChildProcesses(environment) as children:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _interrupt)
        try:
            _prepare(environment)
            _start(children, port)
            _print_addresses(url, environment)
            children.wait()
        except KeyboardInterrupt:
            print("\nStopping ...", flush=True)


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def _port() -> int:
    value = os.environ.get("PORT", "8000")
    if not value.isdigit() or not 1 <= int(value) <= 65535:
        stop(f"PORT={value} is not a port: give a number from 1 to 65535.")
    if not port_is_free(int(value)):
        stop(f"Port {value} is taken: choose another one, for example PORT={int(value) + 1} make run.")
    return int(value)


def _create_var() -> None:
    if len(str(BROKER_SOCKET)) > MAX_SOCKET_PATH:
        stop(f"The path {BROKER_SOCKET} is too long for a socket: set POSTURE_VAR to a shorter folder.")
    make_folder(VAR, mode=0o700)
    make_folder(VAR / "log", mode=0o700)
    VAR.chmod(0o700)


def _lock_var() -> TextIO:
    """Locks the data folder, because two instances would share a broker and a database file. The lock ends with the
    process, however that ends."""
    lock = (VAR / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        stop(
            f"Posture runs already with the data in {VAR}: stop it first, or set POSTURE_VAR to another folder."
        )
    return lock


def _prepare(environment: dict[str, str]) -> None:
    print("Preparing the database, the definitions and the demo data ...", flush=True)
    if subprocess.run([PYTHON, "manage.py", "prepare"], cwd=ROOT, env=environment).returncode:
        stop("Preparing the database failed; the message above says why.")


def _start(children: ChildProcesses, port: int) -> None:
    children.start("broker", commands.broker(VAR), is_ready=lambda: broker_answers(BROKER_SOCKET))
    worker_ready = commands.worker_ready(VAR)
    worker_ready.unlink(missing_ok=True)
    children.start("worker", commands.worker(), is_ready=worker_ready.exists)
    relay_ready = commands.relay_ready(VAR)
    relay_ready.unlink(missing_ok=True)
    children.start("relay", commands.relay(), is_ready=relay_ready.exists)
    health_url = f"http://127.0.0.1:{port}/healthz"
    children.start("web", commands.web(port), is_ready=lambda: web_answers(health_url))


def _print_addresses(url: str, environment: dict[str, str]) -> None:
    demo = VAR / "demo.json"
    print(f"\nPosture runs at {url}", flush=True)
    if demo.exists():
        document = json.loads(demo.read_text())
        for login in document["logins"]:
            print(f"  {login['role']:<10} {login['email']}  password {login['password']}")
            if "totp_secret" in login:
                print(f"{'':<13}key for an authenticator app: {login['totp_secret']}")
        for invitation in document["invitations"][:2]:
            print(f"  answer as {invitation['role']} of {invitation['organization']}: {invitation['url']}")
        print("All demo data is synthetic. Ctrl-C stops everything.", flush=True)
    if not demo.exists() or '"admin"' not in demo.read_text():
        _print_setup_code(environment)
    sys.stdout.flush()


def _print_setup_code(environment: dict[str, str]) -> None:
    """Prints the setup code for the first admin. The command fails if an admin exists, and then nothing is
    printed."""
    process = subprocess.run(
        [PYTHON, "manage.py", "setup_code"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    if not process.returncode:
        print(f"Nobody looks after this installation yet. Setup code: {process.stdout.strip()}", flush=True)
