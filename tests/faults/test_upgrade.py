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
from tests.faults.harness.installation import Installation, make_data_folder
from tests.support.processes import free_port

pytestmark = pytest.mark.long

ORGANIZATIONS = 250
MIGRATION_KILLS = 2
LONGEST_LOCK_SECONDS = 2.0
WRITTEN_TABLES = (
    "surveys_answer",
    "surveys_answerversion",
    "surveys_response",
    "surveys_invitation",
    "surveys_organization",
)
IMPORTS = "from tests.faults.harness.previous_release import *;"
# The migration rewrites the words of every organisation in parts, and can be run again.
NOT_ATOMIC = "0010_seal_what_stands_in_clear"


@dataclass(frozen=True)
class PreviousInstallation:
    """An installation of the previous release with the content of its tables; it is copied for every test."""

    installation: Installation
    digests: Mapping[str, Any]

    @contextmanager
    def copy(self) -> Iterator[Installation]:
        cluster, var, database = (
            self.installation.cluster,
            make_data_folder(),
            f"previous_{secrets.token_hex(4)}",
        )
        shutil.copytree(self.installation.var, var, dirs_exist_ok=True)
        if cluster is not None:
            cluster.execute(f"CREATE DATABASE {database} TEMPLATE {self.installation.database}")
        installation = Installation(var, free_port(), cluster, database)
        try:
            yield installation
        finally:
            installation.remove()
            if cluster is not None:
                cluster.execute(f"DROP DATABASE {database} WITH (FORCE)")


@pytest.fixture(scope="module", params=options.databases())
def previous_installation(request: pytest.FixtureRequest) -> Iterator[PreviousInstallation]:
    cluster = request.getfixturevalue("cluster") if request.param == "postgres" else None
    if cluster is not None:
        cluster.execute("CREATE DATABASE previous_installation")
    installation = Installation(make_data_folder(), free_port(), cluster, "previous_installation")
    digests = printed_json(installation, f"fill({options.number('ORGANIZATIONS', ORGANIZATIONS)})")
    print(f"\nupgrade on {request.param}: {digests['Answer'][0]} answers", flush=True)
    yield PreviousInstallation(installation, digests)
    installation.remove()
    if cluster is not None:
        cluster.execute("DROP DATABASE previous_installation WITH (FORCE)")


def printed_json(installation: Installation, call: str) -> Any:
    return json.loads(installation.shell(f"{IMPORTS} {call}").splitlines()[-1])


def start_migration(installation: Installation) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "manage.py", "migrate", "-v0"],
        cwd=ROOT,
        env=installation.environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def applied_migrations(installation: Installation) -> int:
    try:
        return int(installation.rows("SELECT count(*) FROM django_migrations")[0][0])
    except Exception:
        return 0


def kill_in_the_middle(installation: Installation, random: Random) -> int:
    """Kills the migration and returns the number of applied migrations. It waits until one more was applied, and then
    a moment."""
    applied_before = applied_migrations(installation)
    process = start_migration(installation)
    while applied_migrations(installation) == applied_before and process.poll() is None:
        time.sleep(0.005)
    time.sleep(random.uniform(0, 0.3))
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return applied_migrations(installation)


class ContinuousWriter(threading.Thread):
    """Writes continuously and records the longest duration of one statement."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url, self.stop_requested = url, threading.Event()
        self.longest: tuple[float, str] = (0.0, "")
        self.count = 0
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            with psycopg.connect(self.url, autocommit=True) as connection:
                while not self.stop_requested.is_set():
                    for table in WRITTEN_TABLES:
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
def continuous_writer(installation: Installation) -> Iterator[ContinuousWriter | None]:
    if installation.cluster is None:
        yield None
        return
    writer = ContinuousWriter(installation.cluster.url(installation.database))
    writer.start()
    try:
        yield writer
    finally:
        writer.stop_requested.set()
        writer.join()


def test_an_upgrade_changes_no_answer_and_holds_no_lock_for_long(
    previous_installation: PreviousInstallation,
) -> None:
    with previous_installation.copy() as installation:
        started = time.monotonic()
        with continuous_writer(installation) as writer:
            process = start_migration(installation)
            _, errors = process.communicate()
        assert process.returncode == 0, errors[-2000:]
        print(f"migrated in {time.monotonic() - started:.1f} s", flush=True)
        assert printed_json(installation, "print_digests()") == previous_installation.digests
        assert installation.integrity() == "ok"
    if writer is not None:
        assert writer.failure is None
        print(f"{writer.count} statements meanwhile, the longest {writer.longest}", flush=True)
        assert writer.longest[0] < LONGEST_LOCK_SECONDS


def test_a_killed_upgrade_continues(previous_installation: PreviousInstallation) -> None:
    random = options.seeded_random("kills in the middle of an upgrade")
    with previous_installation.copy() as installation:
        applied_counts = [applied_migrations(installation)]
        for _ in range(options.number("MIGRATION_KILLS", MIGRATION_KILLS)):
            applied_counts.append(kill_in_the_middle(installation, random))
        print(f"migrations applied when it was killed: {applied_counts}", flush=True)
        assert applied_counts == sorted(applied_counts)
        assert applied_counts[-1] > applied_counts[0]
        installation.manage("migrate", "-v0")
        assert printed_json(installation, "print_digests()") == previous_installation.digests
        assert installation.integrity() == "ok"


def test_a_migration_is_recorded_in_its_own_transaction(previous_installation: PreviousInstallation) -> None:
    """A kill at any moment leaves the migration applied and recorded, or neither."""
    with previous_installation.copy() as installation:
        recorded = printed_json(installation, "migrate_and_print_notes()")
    assert len(recorded) > 10
    assert [name for name, is_in_transaction in recorded if not is_in_transaction] == [NOT_ATOMIC]


def test_a_migration_that_changes_an_answer_is_found(previous_installation: PreviousInstallation) -> None:
    """The negative control: a careless data migration."""
    with previous_installation.copy() as installation:
        change = (
            "UPDATE surveys_answer SET number = number + 1 WHERE id = (SELECT max(id) FROM surveys_answer"
        )
        change += " WHERE number > 0)"
        installation.shell(f"from django.db import connection; connection.cursor().execute({change!r})")
        digests = printed_json(installation, "print_digests_of_last_release()")
    assert [name for name in digests if digests[name] != previous_installation.digests[name]] == ["Answer"]
