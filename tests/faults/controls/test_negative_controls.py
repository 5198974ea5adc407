"""Negative controls: each harness fails when the promise that it checks is broken."""

import socket
from random import Random

import pytest

from tests.faults.harness.child import Child
from tests.faults.harness.installation import PortTaken, Template
from tests.faults.harness.killing import Victim, kill_webs_and_worker
from tests.faults.harness.syncs import flushes_of_saves
from tests.faults.test_lost_acknowledgements import save_through_a_bad_network

pytestmark = pytest.mark.long

SAVES = 100


def planted(name: str) -> dict[str, str]:
    return {"DJANGO_SETTINGS_MODULE": f"tests.faults.controls.planted.{name}"}


def test_a_server_that_acknowledges_before_it_commits_loses(sqlite_template: Template) -> None:
    found = kill_webs_and_worker(sqlite_template, Random(1), kills=2, saves=SAVES, **planted("hasty"))
    print(found, flush=True)
    assert found.lost > 0


def test_a_server_that_forgets_keys_is_found(sqlite_template: Template) -> None:
    found, _ = save_through_a_bad_network(sqlite_template, Random(1), saves=SAVES, **planted("forgetful"))
    print(found, flush=True)
    assert found.conflicts > 0


def test_sqlite_that_does_not_flush_is_found(sqlite_template: Template) -> None:
    found = flushes_of_saves(sqlite_template, Random(1), saves=SAVES, **planted("lazy"))
    print(f"{found} flushes for {SAVES} saves", flush=True)
    assert found < SAVES


def test_postgresql_that_does_not_flush_is_found(postgres_template: Template) -> None:
    cluster = postgres_template.cluster
    assert cluster is not None
    cluster.execute("ALTER SYSTEM SET synchronous_commit = off")
    try:
        found = flushes_of_saves(postgres_template, Random(1), saves=SAVES)
    finally:
        cluster.execute("ALTER SYSTEM RESET synchronous_commit")
        cluster.execute("SELECT pg_reload_conf()")
    print(f"{found} flushes for {SAVES} saves", flush=True)
    assert found < SAVES


def test_a_port_that_is_taken_is_refused(sqlite_template: Template) -> None:
    with sqlite_template.copy() as installation, socket.socket() as other:
        other.bind(("127.0.0.1", installation.port))
        with pytest.raises(PortTaken):
            installation.web()


def test_a_kill_of_something_that_lives_on_does_not_count(
    sqlite_template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Child, "kill", lambda self: False)
    with sqlite_template.copy() as installation:
        victim = Victim(installation.web())
        victim.start()
        with pytest.raises(RuntimeError, match="would not die"):
            victim.kill()
        assert victim.kills == 0
        monkeypatch.undo()
