"""Tests readiness for a load balancer, and the features that stop when the disk is nearly full."""

import errno
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.test import Client

from posture.operations import readiness
from surveys.web import disk_space

GIGABYTE = 10**9


@pytest.fixture
def volume(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    """Simulates a disk of any size: only the figures are invented."""

    def of(free: int, total: int) -> None:
        figures = SimpleNamespace(f_bavail=free, f_blocks=total, f_frsize=1)
        monkeypatch.setattr(os, "statvfs", lambda _: figures)

    return of


@pytest.mark.parametrize(
    ("free", "total", "is_low"),
    [
        (200_000_000, GIGABYTE, False),
        (199_999_999, GIGABYTE, True),
        (5 * GIGABYTE, 100 * GIGABYTE, False),
        (5 * GIGABYTE - 1, 100 * GIGABYTE, True),
        (0, GIGABYTE, True),
    ],
)
def test_room_is_low_below_200_megabytes_or_a_twentieth(free: int, total: int, is_low: bool) -> None:
    assert disk_space.DiskSpace(free=free, total=total).is_low is is_low


@pytest.mark.django_db
@pytest.mark.database
def test_a_ready_process_says_so_without_a_broker(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis+socket:///nowhere/broker.sock"
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "checks": {"database": "ok", "disk": "ok", "migrations": "ok", "broker": "unreachable"},
    }


@pytest.mark.django_db
@pytest.mark.database
def test_a_missing_migration_is_named(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'surveys' AND name LIKE '0003%%'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == "1 not applied"


def test_an_unreachable_database_is_named(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "cursor", refuse)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] | {"broker": ""} == {
        "database": "unreachable",
        "disk": "ok",
        "migrations": "unknown",
        "broker": "",
    }
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_a_folder_that_takes_no_files_makes_readiness_red(client: Client, settings: Any) -> None:
    """No process can create a file in /proc, not even as root."""
    settings.VAR = Path("/proc")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["disk"] == "read-only"


@pytest.mark.django_db
@pytest.mark.database
def test_a_database_that_takes_no_writes_makes_readiness_red(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
    else:
        monkeypatch.setattr("os.access", lambda *_: False)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "read-only"


@pytest.mark.django_db
def test_low_room_makes_readiness_red_and_refuses_files(
    client: Client, volume: Callable[[int, int], None]
) -> None:
    assert client.get("/benchmarks.csv").status_code == 200
    volume(199_999_999, GIGABYTE)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["disk"] == "199 MB of 1000 MB left"
    refused = client.get("/benchmarks.csv")
    assert refused.status_code == 507
    assert b"Answers are still saved" in refused.content
    assert client.get("/glossary/").status_code == 200
    volume(GIGABYTE // 2, GIGABYTE)
    assert client.get("/readyz").status_code == 200
    assert client.get("/benchmarks.csv").status_code == 200


def fill(path: Path) -> None:
    small = sqlite3.connect(path)
    small.execute("PRAGMA max_page_count = 3")
    small.execute("CREATE TABLE words (word TEXT)")
    try:
        small.execute("INSERT INTO words VALUES (?)", ["w" * 100_000])
    except sqlite3.Error as error:
        raise DatabaseError(str(error)) from error


def test_a_full_database_is_recognised_through_what_wraps_it(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError) as caught:
        fill(tmp_path / "small.sqlite3")
    assert disk_space.is_full(caught.value)


def test_errors_of_the_system_and_of_postgresql() -> None:
    class Refused(Exception):
        sqlstate = "53100"

    assert disk_space.is_full(OSError(errno.ENOSPC, "No space left on device"))
    assert disk_space.is_full(Refused())
    assert not disk_space.is_full(OSError(errno.ENOENT, "No such file"))
    assert not disk_space.is_full(sqlite3.IntegrityError("UNIQUE constraint failed"))
    assert not disk_space.is_full(ValueError("full"))


def test_the_broker_is_asked_for_half_a_second_at_most(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert readiness.broker() == "unreachable"
