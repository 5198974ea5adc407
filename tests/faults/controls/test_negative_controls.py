"""Negative controls: each harness fails when the promise that it checks is broken."""

import socket
from random import Random

import pytest

from tests.faults.harness.child import Child
from tests.faults.harness.installation import PortInUse, Template
from tests.faults.harness.killing import KillTarget, kill_webs_and_worker
from tests.faults.harness.syncs import flushes_of_saves
from tests.faults.test_lost_acknowledgements import save_through_a_bad_network

pytestmark = pytest.mark.long

SAVES = 100


def planted_settings(name: str) -> dict[str, str]:
    return {"DJANGO_SETTINGS_MODULE": f"tests.faults.controls.planted.{name}"}


def test_a_server_that_acknowledges_before_it_commits_is_found(sqlite_template: Template) -> None:
    verdict = kill_webs_and_worker(
        sqlite_template, Random(1), kills=2, saves=SAVES, **planted_settings("hasty")
    )
    print(verdict, flush=True)
    assert verdict.lost > 0


def test_a_server_that_forgets_keys_is_found(sqlite_template: Template) -> None:
    verdict, _ = save_through_a_bad_network(
        sqlite_template, Random(1), saves=SAVES, **planted_settings("forgetful")
    )
    print(verdict, flush=True)
    assert verdict.conflicts > 0


def test_sqlite_that_does_not_flush_is_found(sqlite_template: Template) -> None:
    flushes = flushes_of_saves(sqlite_template, Random(1), saves=SAVES, **planted_settings("lazy"))
    print(f"{flushes} flushes for {SAVES} saves", flush=True)
    assert flushes < SAVES


def test_postgresql_that_does_not_flush_is_found(postgres_template: Template) -> None:
    cluster = postgres_template.cluster
    assert cluster is not None
    cluster.execute("ALTER SYSTEM SET synchronous_commit = off")
    try:
        flushes = flushes_of_saves(postgres_template, Random(1), saves=SAVES)
    finally:
        cluster.execute("ALTER SYSTEM RESET synchronous_commit")
        cluster.execute("SELECT pg_reload_conf()")
    print(f"{flushes} flushes for {SAVES} saves", flush=True)
    assert flushes < SAVES


def test_an_occupied_port_is_refused(sqlite_template: Template) -> None:
    with sqlite_template.copy() as installation, socket.socket() as occupying_socket:
        occupying_socket.bind(("127.0.0.1", installation.port))
        with pytest.raises(PortInUse):
            installation.web()


def test_a_kill_that_the_process_survives_does_not_count(
    sqlite_template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Child, "kill", lambda self: False)
    with sqlite_template.copy() as installation:
        target = KillTarget(installation.web())
        target.start()
        with pytest.raises(RuntimeError, match="would not die"):
            target.kill()
        assert target.kills == 0
        monkeypatch.undo()
