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
from posture.launch.processes import Children, broker_answers, port_is_free, web_answers

BROKER_SOCKET = commands.broker_socket(VAR)
LONGEST_SOCKET_PATH = 100


def run() -> None:
    port = _port()
    install("requirements.txt")
    _make_var()
    lock = _claim_var()
    url = f"http://localhost:{port}"
    environment = {**os.environ, "POSTURE_EMBEDDED": "1", "POSTURE_VAR": str(VAR), "BASE_URL": url}
    with lock, Children(environment) as children:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _interrupt)
        try:
            _prepare(environment)
            _start(children, port)
            _greet(url, environment)
            children.wait()
        except KeyboardInterrupt:
            print("\nStopping ...", flush=True)


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def _port() -> int:
    given = os.environ.get("PORT", "8000")
    if not given.isdigit() or not 1 <= int(given) <= 65535:
        stop(f"PORT={given} is not a port: give a number from 1 to 65535.")
    if not port_is_free(int(given)):
        stop(f"Port {given} is taken: choose another one, for example PORT={int(given) + 1} make run.")
    return int(given)


def _make_var() -> None:
    if len(str(BROKER_SOCKET)) > LONGEST_SOCKET_PATH:
        stop(f"The path {BROKER_SOCKET} is too long for a socket: set POSTURE_VAR to a shorter folder.")
    make_folder(VAR, mode=0o700)
    make_folder(VAR / "log", mode=0o700)
    VAR.chmod(0o700)


def _claim_var() -> TextIO:
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


def _start(children: Children, port: int) -> None:
    children.start("broker", commands.broker(VAR), answers=lambda: broker_answers(BROKER_SOCKET))
    worker_ready = commands.worker_ready(VAR)
    worker_ready.unlink(missing_ok=True)
    children.start("worker", commands.worker(), answers=worker_ready.exists)
    relay_ready = commands.relay_ready(VAR)
    relay_ready.unlink(missing_ok=True)
    children.start("relay", commands.relay(), answers=relay_ready.exists)
    alive = f"http://127.0.0.1:{port}/healthz"
    children.start("web", commands.web(port), answers=lambda: web_answers(alive))


def _greet(url: str, environment: dict[str, str]) -> None:
    demo = VAR / "demo.json"
    print(f"\nPosture runs at {url}", flush=True)
    if demo.exists():
        written = json.loads(demo.read_text())
        for login in written["logins"]:
            print(f"  {login['role']:<10} {login['email']}  password {login['password']}")
            if "totp_secret" in login:
                print(f"{'':<13}key for an authenticator app: {login['totp_secret']}")
        for invitation in written["invitations"][:2]:
            print(f"  answer as {invitation['role']} of {invitation['organization']}: {invitation['url']}")
        print("All demo data is synthetic. Ctrl-C stops everything.", flush=True)
    if not demo.exists() or '"admin"' not in demo.read_text():
        _offer_setup(environment)
    sys.stdout.flush()


def _offer_setup(environment: dict[str, str]) -> None:
    """Prints the setup code for the first admin. The command fails if an admin exists, and then nothing is
    printed."""
    done = subprocess.run(
        [PYTHON, "manage.py", "setup_code"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    if not done.returncode:
        print(f"Nobody looks after this installation yet. Setup code: {done.stdout.strip()}", flush=True)
