"""Tests backups that are made while respondents save: each holds every save acknowledged before it began, from a
single moment. A restore is complete or has not happened."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from posture.launch.places import ROOT
from tests.faults.harness import options
from tests.faults.harness.installation import Installation, Template, make_data_folder
from tests.faults.harness.ledger import Ledger, SavedVersion, answers_with_gaps, stored_entries
from tests.faults.harness.storm import Session, storm
from tests.support.processes import free_port

pytestmark = pytest.mark.long

SAVES_BEFORE, SAVES_AFTER = 60, 30
PATIENCE_SECONDS = 60
CARELESS_COPIES = 8
SESSIONS = {"django_session", "usersessions_usersession", "surveys_respondentsession", "surveys_mailedcode"}
NOT_IN_AN_ARCHIVE = {*SESSIONS, "surveys_sealingkey", "surveys_lookupkey", "sqlite_sequence"}
WRITTEN_BY_A_RESTORE = {"surveys_auditentry", "surveys_auditchain"}
# An answer as it is now, and as its newest version states: two tables that are written together.
CONTRADICTIONS = """
SELECT response.public_id, item.code, answer.version, answer.number, newest.version, newest.number
FROM surveys_answer answer
JOIN surveys_response response ON response.id = answer.response_id
JOIN surveys_item item ON item.id = answer.item_id
LEFT JOIN surveys_answerversion newest ON newest.response_id = answer.response_id
    AND newest.item_id = answer.item_id AND newest.version = (
        SELECT max(version) FROM surveys_answerversion
        WHERE response_id = answer.response_id AND item_id = answer.item_id)
WHERE newest.version IS NULL OR newest.version <> answer.version OR newest.number <> answer.number
"""


def wait_for(count: int, ledger: Ledger, sessions: list[Session]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(ledger.acknowledged) < count:
        assert time.monotonic() < deadline, f"{len(ledger.acknowledged)} of {count} saves"
        assert all(session.failure is None for session in sessions)
        time.sleep(0.01)


@contextlib.contextmanager
def saving_respondents(
    template: Template, installation: Installation, random: Random
) -> Iterator[tuple[Ledger, list[Session]]]:
    web, ledger = installation.web(), Ledger()
    web.start()
    host = f"localhost:{installation.port}"
    with storm(
        template.tokens, lambda: installation.port, host=host, ledger=ledger, random=random
    ) as sessions:
        yield ledger, sessions
    web.stop()


@contextlib.contextmanager
def empty_target(template: Template) -> Iterator[Installation]:
    """Yields an empty target for a restore, without even a schema."""
    var, database = make_data_folder(), f"restored_{secrets.token_hex(4)}"
    if template.cluster is not None:
        template.cluster.execute(f"CREATE DATABASE {database}")
    place = Installation(var, free_port(), template.cluster, database)
    try:
        yield place
    finally:
        place.remove()
        if template.cluster is not None:
            template.cluster.execute(f"DROP DATABASE {database} WITH (FORCE)")


def tables(installation: Installation) -> list[str]:
    if installation.cluster is None:
        rows = installation.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    else:
        rows = installation.rows(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        )
    return [name for (name,) in rows if name not in NOT_IN_AN_ARCHIVE]


def dump(installation: Installation) -> dict[str, Counter[Any]]:
    """Returns every row of every table, read by the database's client and without the product's code."""
    return {
        name: Counter(map(str, installation.rows(f'SELECT * FROM "{name}"'))) for name in tables(installation)
    }


def differences(first: dict[str, Counter[Any]], second: dict[str, Counter[Any]]) -> list[str]:
    names = (set(first) | set(second)) - WRITTEN_BY_A_RESTORE
    return sorted(name for name in names if first.get(name) != second.get(name))


def start_restore(target: Installation, archive: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "manage.py", "restore", archive, "--replace"],
        cwd=ROOT,
        env=target.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def is_restoring(target: Installation) -> bool:
    """Returns whether the restore has begun to write."""
    if target.cluster is None:
        return (target.var / "posture.sqlite3.restoring").exists()
    with psycopg.connect(target.cluster.url(target.database), autocommit=True) as connection:
        active = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL"
        row = connection.execute(active).fetchone()
    return row is not None and row[0] > 0


def test_a_backup_during_saves_is_of_one_moment_and_complete(template: Template, tmp_path: Path) -> None:
    random = options.seeded_random(f"backup of {template.name} while people save")
    archive = tmp_path / "storm.backup"
    with template.copy() as running, empty_target(template) as target:
        with saving_respondents(template, running, random) as (ledger, sessions):
            wait_for(SAVES_BEFORE, ledger, sessions)
            saves_before = Ledger(acknowledged=list(ledger.acknowledged))
            running.manage("backup", "--to", str(archive))
            saved_during = len(ledger.acknowledged) - len(saves_before.acknowledged)
            wait_for(len(ledger.acknowledged) + SAVES_AFTER, ledger, sessions)
        shutil.copy(running.var / "backup_key", target.var)
        shutil.copy(running.var / "installation_key", target.var)
        target.manage("restore", str(archive))
        restored, current = stored_entries(target), stored_entries(running)
        print(
            f"{len(saves_before.acknowledged)} before, {saved_during} during, {len(restored)} kept of {len(current)}",
            flush=True,
        )
        assert saved_during > 0, "nobody saved while the backup was made"
        assert saves_before.lost(target) == []
        assert restored < current
        assert answers_with_gaps(restored) == []
        assert target.rows(CONTRADICTIONS) == []
        assert target.integrity() == "ok"
        written_by_saves = {
            "surveys_answer",
            "surveys_answerversion",
            "surveys_response",
            "surveys_tally",
            "surveys_answeredrequest",
            "django_migrations",
        }
        changed = set(differences(dump(running), dump(target)))
        assert changed <= written_by_saves | {"surveys_tries", "surveys_job", "surveys_process"}, changed


def test_a_restore_that_is_killed_has_not_happened(template: Template, tmp_path: Path) -> None:
    """The restore replaces other data, which stays unchanged. The same archive then restores, and is logically equal
    to its origin."""
    archive = tmp_path / "calm.backup"
    with template.copy() as origin, empty_target(template) as target:
        origin.manage("backup", "--to", str(archive))
        shutil.copy(origin.var / "backup_key", target.var)
        target.manage("restore", str(archive))
        target.shell("from surveys.models import Organization as o; o.objects.update(name='Later')")
        dump_before = dump(target)
        process, deadline = start_restore(target, archive), time.monotonic() + PATIENCE_SECONDS
        while not is_restoring(target) and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert process.poll() is None, "it was over before it could be killed"
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert differences(dump_before, dump(target)) == []
        assert target.integrity() == "ok"
        target.manage("restore", str(archive), "--replace")
        assert [name for name in differences(dump(origin), dump(target)) if name != "django_migrations"] == []


def contradictions_of_two_reads(running: Installation) -> list[Any]:
    """Counts contradictions of a backup without a snapshot: one table is read now, the other a little later."""
    newest_versions: dict[tuple[str, str], int] = {}
    for entry in stored_entries(running):
        newest_versions[entry.response, entry.item] = max(
            entry.version, newest_versions.get((entry.response, entry.item), 0)
        )
    pause = threading.Event()
    pause.wait(0.5)
    statement = (
        "SELECT public_id, code, version FROM surveys_answer a JOIN surveys_response r ON r.id = response_id"
    )
    rows = running.rows(statement + " JOIN surveys_item i ON i.id = item_id")
    return [row for row in rows if newest_versions.get((str(row[0]).replace("-", ""), row[1])) != row[2]]


def lost_by_copies(
    running: Installation, folder: Path, ledger: Ledger, sessions: list[Session]
) -> list[SavedVersion]:
    """Counts what copies of the file lack: the newest saves are in the WAL, unless SQLite has just moved them."""
    copy, lost = Installation(folder, 0), []
    for _ in range(CARELESS_COPIES):
        wait_for(len(ledger.acknowledged) + 5, ledger, sessions)
        saves_before: list[SavedVersion] = list(ledger.acknowledged)
        shutil.copy(running.var / "posture.sqlite3", folder)
        lost += Ledger(acknowledged=saves_before).lost(copy)
    return lost


def test_a_backup_without_a_snapshot_is_found(template: Template, tmp_path: Path) -> None:
    """The negative controls: a plain copy of the file, and tables read one after the other."""
    random = options.seeded_random(f"a careless backup of {template.name}")
    with template.copy() as running, saving_respondents(template, running, random) as (ledger, sessions):
        wait_for(SAVES_BEFORE, ledger, sessions)
        assert contradictions_of_two_reads(running) != []
        if running.cluster is None:
            assert lost_by_copies(running, tmp_path, ledger, sessions) != []
