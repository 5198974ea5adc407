"""Tests that the doctor checks the running system, and finds faults that were made on purpose."""

import io
import json
import os
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from posture.operations.doctor import backups, files, postgresql, process, sqlite, work
from posture.operations.doctor.examination import examine
from posture.operations.doctor.finding import Area, Finding, make_finding
from surveys.jobs import job_queue
from surveys.models import Job

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def asked(area: Area) -> dict[str, Finding]:
    return {finding.name: finding for finding in area(timezone.now())}


def problems(area: Area) -> list[str]:
    return [name for name, finding in asked(area).items() if finding.problem]


@pytest.fixture
def is_sqlite() -> bool:
    return connection.vendor == "sqlite"


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_database_is_asked_and_not_the_settings(is_sqlite: bool) -> None:
    """Each check fails on the connection that the product uses; no setting changes."""
    faults = {
        "synchronous": "PRAGMA synchronous = NORMAL",
        "secure_delete": "PRAGMA secure_delete = OFF",
        "foreign_keys": "PRAGMA foreign_keys = OFF",
        "trusted_schema": "PRAGMA trusted_schema = ON",
        "busy_timeout": "PRAGMA busy_timeout = 100",
    }
    if not is_sqlite:
        faults = {
            "synchronous_commit": "SET synchronous_commit = off",
            "statement_timeout": "SET statement_timeout = 0",
        }
    area = sqlite.findings if is_sqlite else postgresql.findings
    for name, statement in faults.items():
        execute(statement)
        assert name in problems(area), name
    connection.close()
    if is_sqlite:
        assert problems(area) == []


def test_the_other_database_is_silent(is_sqlite: bool) -> None:
    assert list(asked(postgresql.findings if is_sqlite else sqlite.findings)) == []


def test_a_role_that_may_too_much_is_told(is_sqlite: bool) -> None:
    """The role that the tests use on PostgreSQL owns the tables."""
    if not is_sqlite:
        assert asked(postgresql.findings)["role"].value.endswith("owns tables")
        assert "role" in problems(postgresql.findings)


def test_files_that_others_can_read(settings: Any, tmp_path: Path) -> None:
    settings.VAR, settings.INSTALLATION_KEY_FILE = tmp_path, tmp_path / "installation_key"
    tmp_path.chmod(0o700)
    for name in ("secret_key", "installation_key", "backup_key"):
        (tmp_path / name).touch(mode=0o600)
        assert name not in problems(files.findings)
        (tmp_path / name).chmod(0o604)
        assert name in problems(files.findings)
    tmp_path.chmod(0o750)
    assert tmp_path.name in problems(files.findings)


def test_little_room(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    figures = SimpleNamespace(f_bavail=1, f_blocks=100, f_frsize=1_000_000)
    monkeypatch.setattr(os, "statvfs", lambda _: figures)
    assert f"room in {tmp_path}" in problems(files.findings)
    assert asked(files.findings)[f"room in {tmp_path}"].value == "1 MB of 100 MB"


def test_settings_that_protect_nobody(settings: Any) -> None:
    settings.EMBEDDED = False
    settings.DEBUG, settings.BASE_URL, settings.ALLOWED_HOSTS = True, "", ["*"]
    settings.SESSION_COOKIE_SECURE, settings.SECRET_KEY_FALLBACKS = False, ["older"]
    told = problems(process.findings)
    assert {
        "DEBUG",
        "BASE_URL",
        "ALLOWED_HOSTS",
        "session cookie",
        "SECRET_KEY_FALLBACKS",
        "manage.py check",
    } <= set(told)


def test_work_that_nobody_does(settings: Any) -> None:
    settings.REDIS_URL = "redis+socket:///nowhere/broker.sock"
    at = timezone.now()
    assert problems(work.findings) == ["broker", "relay processes", "worker processes"]
    for kind in ("relay", "worker"):
        job_queue.record_heartbeat(kind, kind, started_at=at, at=at)
    assert problems(work.findings) == ["broker"]
    Job.objects.create(key="one", kind="mail", queued_at=at - timedelta(minutes=6), next_at=at)
    Job.objects.create(key="two", kind="mail", queued_at=at, next_at=at, state="parked", reason="refused")
    assert problems(work.findings) == ["broker", "jobs waiting", "jobs parked"]


def test_backups_that_stopped(settings: Any, tmp_path: Path) -> None:
    settings.BACKUP_DIR = str(tmp_path)
    assert problems(backups.findings) == ["newest backup"]
    now = timezone.now()
    (tmp_path / (now - timedelta(hours=4)).strftime("posture-%Y%m%dT%H%M%SZ.backup")).touch()
    assert problems(backups.findings) == ["newest backup"]
    (tmp_path / now.strftime("posture-%Y%m%dT%H%M%SZ.backup")).touch()
    assert problems(backups.findings) == []


def test_an_area_that_cannot_be_examined_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(at: Any) -> Any:
        raise RuntimeError("no such thing")

    monkeypatch.setattr("posture.operations.doctor.examination.AREAS", {"broken": broken})
    ((finding,),) = examine(timezone.now()).values()
    assert "no such thing" in finding.problem


def test_the_exit_code_and_the_json(monkeypatch: pytest.MonkeyPatch) -> None:
    def whole(at: Any) -> Any:
        yield make_finding("fsync", "on")

    def broken(at: Any) -> Any:
        yield make_finding("fsync", "off", is_wrong=True, fix="Set fsync to on.")

    monkeypatch.setattr("posture.operations.doctor.examination.AREAS", {"database": whole})
    call_command("doctor")
    monkeypatch.setattr("posture.operations.doctor.examination.AREAS", {"database": broken})
    output = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", "--json", stdout=output)
    assert ended.value.code == 1
    expected = {"name": "fsync", "value": "off", "problem": "Set fsync to on."}
    assert json.loads(output.getvalue()) == {"database": [expected]}
