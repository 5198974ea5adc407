"""Tests the upgrade from the previous release with its data. No answer changes, also when the upgrade is killed and
run again, and on PostgreSQL no statement waits long for a lock."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import psycopg
import pytest

from posture.launch.places import ROOT
from tests.faults.harness import options
from tests.faults.harness.installation import Installation, fresh_var
from tests.support.processes import free_port

pytestmark = pytest.mark.long

ORGANIZATIONS = 250
MIGRATION_KILLS = 2
LONGEST_LOCK_SECONDS = 2.0
HELD = (
    "surveys_answer",
    "surveys_answerversion",
    "surveys_response",
    "surveys_invitation",
    "surveys_organization",
)
PREVIOUS = "from tests.faults.harness.previous_release import *;"
# The migration rewrites the words of every organisation in parts, and can be run again.
IN_PARTS = "0010_seal_what_stands_in_clear"


@dataclass(frozen=True)
class Previous:
    """An installation of the previous release with the content of its tables; it is copied for every test."""

    first: Installation
    said: Mapping[str, Any]

    @contextmanager
    def copy(self) -> Iterator[Installation]:
        cluster, var, database = self.first.cluster, fresh_var(), f"previous_{secrets.token_hex(4)}"
        shutil.copytree(self.first.var, var, dirs_exist_ok=True)
        if cluster is not None:
            cluster.execute(f"CREATE DATABASE {database} TEMPLATE {self.first.database}")
        copied = Installation(var, free_port(), cluster, database)
        try:
            yield copied
        finally:
            copied.remove()
            if cluster is not None:
                cluster.execute(f"DROP DATABASE {database} WITH (FORCE)")


@pytest.fixture(scope="module", params=options.databases())
def previous(request: pytest.FixtureRequest) -> Iterator[Previous]:
    cluster = request.getfixturevalue("cluster") if request.param == "postgres" else None
    if cluster is not None:
        cluster.execute("CREATE DATABASE previous")
    first = Installation(fresh_var(), free_port(), cluster, "previous")
    said = told(first, f"fill({options.number('ORGANIZATIONS', ORGANIZATIONS)})")
    print(f"\nupgrade on {request.param}: {said['Answer'][0]} answers", flush=True)
    yield Previous(first, said)
    first.remove()
    if cluster is not None:
        cluster.execute("DROP DATABASE previous WITH (FORCE)")


def told(installation: Installation, call: str) -> Any:
    return json.loads(installation.shell(f"{PREVIOUS} {call}").splitlines()[-1])


def migrating(installation: Installation) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "manage.py", "migrate", "-v0"],
        cwd=ROOT,
        env=installation.environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def applied(installation: Installation) -> int:
    try:
        return int(installation.rows("SELECT count(*) FROM django_migrations")[0][0])
    except Exception:
        return 0


def kill_in_the_middle(installation: Installation, random: Random) -> int:
    """Kills the migration and returns the number of applied migrations. It waits until one more was applied, and then
    a moment."""
    before = applied(installation)
    process = migrating(installation)
    while applied(installation) == before and process.poll() is None:
        time.sleep(0.005)
    time.sleep(random.uniform(0, 0.3))
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return applied(installation)


class Bystander(threading.Thread):
    """Writes continuously and records the longest duration of one statement."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url, self.over = url, threading.Event()
        self.longest: tuple[float, str] = (0.0, "")
        self.count = 0
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            with psycopg.connect(self.url, autocommit=True) as connection:
                while not self.over.is_set():
                    for table in HELD:
                        self._write(connection, table)
        except Exception as error:
            self.failure = error

    def _write(self, connection: Any, table: str) -> None:
        statement = f"UPDATE {table} SET id = id WHERE id = (SELECT max(id) FROM {table})"
        started = time.monotonic()
        connection.execute(statement.encode())
        self.longest = max(self.longest, (time.monotonic() - started, table))
        self.count += 1


@contextmanager
def somebody_writing(installation: Installation) -> Iterator[Bystander | None]:
    if installation.cluster is None:
        yield None
        return
    bystander = Bystander(installation.cluster.url(installation.database))
    bystander.start()
    try:
        yield bystander
    finally:
        bystander.over.set()
        bystander.join()


def test_an_upgrade_changes_no_answer_and_holds_no_lock_for_long(previous: Previous) -> None:
    with previous.copy() as old:
        started = time.monotonic()
        with somebody_writing(old) as bystander:
            process = migrating(old)
            _, said = process.communicate()
        assert process.returncode == 0, said[-2000:]
        print(f"migrated in {time.monotonic() - started:.1f} s", flush=True)
        assert told(old, "print_digests()") == previous.said
        assert old.integrity() == "ok"
    if bystander is not None:
        assert bystander.failure is None
        print(f"{bystander.count} statements meanwhile, the longest {bystander.longest}", flush=True)
        assert bystander.longest[0] < LONGEST_LOCK_SECONDS


def test_an_upgrade_that_is_killed_goes_on_where_it_was(previous: Previous) -> None:
    random = options.seeded("kills in the middle of an upgrade")
    with previous.copy() as old:
        reached = [applied(old)]
        for _ in range(options.number("MIGRATION_KILLS", MIGRATION_KILLS)):
            reached.append(kill_in_the_middle(old, random))
        print(f"migrations applied when it was killed: {reached}", flush=True)
        assert reached == sorted(reached)
        assert reached[-1] > reached[0]
        old.manage("migrate", "-v0")
        assert told(old, "print_digests()") == previous.said
        assert old.integrity() == "ok"


def test_a_migration_is_noted_in_its_own_transaction(previous: Previous) -> None:
    """A kill at any moment leaves the migration applied and recorded, or neither."""
    with previous.copy() as old:
        noted = told(old, "migrate_and_print_notes()")
    assert len(noted) > 10
    assert [name for name, is_in_transaction in noted if not is_in_transaction] == [IN_PARTS]


def test_a_migration_that_changes_an_answer_would_be_seen(previous: Previous) -> None:
    """The negative control: a careless data migration."""
    with previous.copy() as old:
        change = (
            "UPDATE surveys_answer SET number = number + 1 WHERE id = (SELECT max(id) FROM surveys_answer"
        )
        change += " WHERE number > 0)"
        old.shell(f"from django.db import connection; connection.cursor().execute({change!r})")
        now = told(old, "print_digests_of_last_release()")
    assert [name for name in now if now[name] != previous.said[name]] == ["Answer"]
