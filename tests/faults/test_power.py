"""Tests that an acknowledged answer survives the end of the database's processes, and was flushed to disk before."""

import pytest

from tests.faults.harness import options
from tests.faults.harness.installation import Template
from tests.faults.harness.killing import kill_postgresql
from tests.faults.harness.syncs import flushes_of_saves

pytestmark = pytest.mark.long

KILLS, SAVES = 8, 500
SAVES_FLUSHED = 200


def test_acknowledged_saves_survive_a_kill_of_postgresql(postgres_template: Template) -> None:
    kills, saves = options.number("KILLS", KILLS), options.number("SAVES", SAVES)
    random = options.seeded_random("kills of PostgreSQL")
    verdict = kill_postgresql(postgres_template, random, kills=kills, saves=saves)
    print(verdict, flush=True)
    assert verdict.kills >= kills
    assert verdict.acknowledged >= saves
    assert (verdict.lost, verdict.conflicts, verdict.refused) == (0, 0, 0)


def test_every_save_is_flushed(template: Template) -> None:
    flushes = flushes_of_saves(
        template, options.seeded_random(f"flushes on {template.name}"), saves=SAVES_FLUSHED
    )
    print(f"{flushes} flushes for {SAVES_FLUSHED} saves", flush=True)
    assert flushes >= SAVES_FLUSHED
