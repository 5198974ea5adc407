"""Runs the product with its own data folder and database, by the commands of `make run`, on unused ports."""

import contextlib
import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from posture.launch import commands
from posture.launch.places import ROOT
from posture.launch.processes import broker_answers, port_is_free, web_answers
from tests.faults.harness.child import Child
from tests.support.postgresql_cluster import Cluster
from tests.support.processes import free_port

ANSWER_SECONDS = 30
NOT_INHERITED = (
    "REDIS_URL",
    "DATABASE_URL",
    "SECRET_KEY",
    "DJANGO_SETTINGS_MODULE",
    "POSTURE_PROCESS",
    "DJANGO_ALLOW_ASYNC_UNSAFE",
)
# The role of the running product. It owns no table, and row-level security limits the rows of organisations for it.
APPLICATION = "posture_application"


@contextlib.contextmanager
def shipped_cluster() -> Iterator[Cluster]:
    """Yields a PostgreSQL with shipped settings, which flushes before it acknowledges, and with the role of the
    running product."""
    with Cluster(durable=True) as cluster:
        cluster.execute(f"CREATE ROLE {APPLICATION} LOGIN")
        yield cluster


class PortInUse(Exception):
    """Raised because another process would answer in place of the process under test."""


@dataclass
class Installation:
    """One installation. `cluster` None means SQLite. `settings` are further environment variables of every
    process."""

    var: Path
    port: int
    cluster: Cluster | None = None
    database: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    children: list[Child] = field(default_factory=list)

    @property
    def home(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        addresses = {}
        if self.cluster:
            owner = self.cluster.url(self.database)
            application = owner.replace("://posture@", f"://{APPLICATION}@")
            addresses = {"DATABASE_URL": application, "DATABASE_OWNER_URL": owner}
        product_settings = {"POSTURE_VAR": str(self.var), "POSTURE_EMBEDDED": "1", "BASE_URL": self.home}
        return {**inherited, **product_settings, **addresses, **self.settings}

    def shell(self, code: str) -> str:
        """Runs code inside the product as the owner of the tables, and returns its output."""
        return self.manage("shell", "--no-imports", "-c", code, POSTURE_PROCESS="owner")

    def command(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment | settings,
            capture_output=True,
            text=True,
        )

    def manage(self, *arguments: str, **settings: str) -> str:
        completed = self.command(*arguments, **settings)
        if completed.returncode:
            raise RuntimeError(f"{arguments}: {completed.stdout[-1000:]}{completed.stderr[-3000:]}")
        return completed.stdout

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(
            f"http://127.0.0.1:{self.port}{path}",
            headers={"Host": f"localhost:{self.port}", **headers},
            timeout=ANSWER_SECONDS,
        )

    def web(self, port: int | None = None) -> Child:
        """Returns a web server, and refuses a port in use. Several servers may share one database, as behind a load
        balancer."""
        port = self.port if port is None else port
        if not port_is_free(port):
            raise PortInUse(port)
        return self.add(
            f"web-{port}", commands.web(port), answers=lambda: web_answers(f"http://127.0.0.1:{port}/healthz")
        )

    def broker(self) -> Child:
        socket = commands.broker_socket(self.var)
        return self.add("broker", commands.broker(self.var), answers=lambda: broker_answers(socket))

    def worker(self) -> Child:
        ready = commands.worker_ready(self.var)
        return self.add("worker", commands.worker(), answers=lambda: _consume_ready_file(ready))

    def relay(self, name: str = "relay") -> Child:
        ready = commands.relay_ready(self.var)
        return self.add(name, commands.relay(), answers=lambda: _consume_ready_file(ready))

    def add(self, name: str, command: Any, *, answers: Any) -> Child:
        child = Child(
            command, environment=self.environment, log=self.var / "log" / f"{name}.log", answers=answers
        )
        self.children.append(child)
        return child

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Reads rows with the client of the database, without the product."""
        if self.cluster is not None:
            with psycopg.connect(self.cluster.url(self.database)) as connection:
                return connection.execute(statement.encode()).fetchall()
        with contextlib.closing(sqlite3.connect(self.var / "posture.sqlite3")) as connection:
            return connection.execute(statement).fetchall()

    def write(self, statement: str) -> None:
        if self.cluster is not None:
            self.cluster.execute(statement, self.database)
            return
        with contextlib.closing(sqlite3.connect(self.var / "posture.sqlite3", timeout=20)) as connection:
            connection.execute(statement)
            connection.commit()

    def integrity(self) -> str:
        """Returns the result of the integrity check of the database: `ok`."""
        if self.cluster is None:
            return str(self.rows("PRAGMA integrity_check")[0][0])
        self.rows("SELECT count(*) FROM surveys_answerversion")
        return "ok"

    def stop(self) -> None:
        for child in reversed(self.children):
            child.stop()
        self.children.clear()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.var, ignore_errors=True)


def _consume_ready_file(ready: Path) -> bool:
    """Removes the ready file and returns whether it existed, so that the next worker has to write it again. One call
    does both: a file written between a question and the removal would be lost."""
    try:
        ready.unlink()
    except FileNotFoundError:
        return False
    return True


def make_data_folder() -> Path:
    """Creates a data folder with a short path, because it contains a socket."""
    var = Path(tempfile.mkdtemp(prefix="posture-fault-"))
    (var / "log").mkdir()
    (var / "static").mkdir()
    key = var / "secret_key"
    key.touch(mode=0o600)
    key.write_text(secrets.token_urlsafe(64))
    return var


@dataclass(frozen=True)
class Template:
    """An installation with an open wave, which is prepared once and copied for every test."""

    var: Path
    cluster: Cluster | None
    tokens: list[str]

    @property
    def name(self) -> str:
        return "postgres" if self.cluster else "sqlite"

    @contextlib.contextmanager
    def copy(self, **settings: str) -> Iterator[Installation]:
        var, database = make_data_folder(), f"copy_{secrets.token_hex(4)}"
        shutil.copytree(self.var, var, dirs_exist_ok=True)
        if self.cluster is not None:
            self.cluster.execute(f"CREATE DATABASE {database} TEMPLATE prepared")
        installation = Installation(var, free_port(), self.cluster, database, settings)
        try:
            yield installation
        finally:
            installation.remove()
            if self.cluster is not None:
                self.cluster.execute(f"DROP DATABASE {database} WITH (FORCE)")

    def remove(self) -> None:
        shutil.rmtree(self.var, ignore_errors=True)
        if self.cluster is not None:
            self.cluster.execute("DROP DATABASE prepared WITH (FORCE)")


def make_template(cluster: Cluster | None, *, sessions: int) -> Template:
    var = make_data_folder()
    if cluster is not None:
        cluster.execute("CREATE DATABASE prepared")
    installation = Installation(var, free_port(), cluster, "prepared")
    installation.manage("migrate", "-v0")
    installation.manage("load_definitions")
    tokens = json.loads(
        installation.shell(f"from tests.faults.harness.seeding import *; print_tokens({sessions})")
    )
    return Template(var, cluster, tokens)
