"""Tests that an acknowledged answer survives `kill -9` of the web server and of the worker in the middle of their
work."""

import pytest

from tests.faults.harness import options
from tests.faults.harness.installation import Template
from tests.faults.harness.killing import kill_webs_and_worker

pytestmark = pytest.mark.long

KILLS, SAVES = 30, 3000


def test_acknowledged_saves_survive_kills(template: Template) -> None:
    kills, saves = (
        options.number_for(template.name, name, default)
        for name, default in (("KILLS", KILLS), ("SAVES", SAVES))
    )
    random = options.seeded_random(f"kills of web and worker on {template.name}")
    verdict = kill_webs_and_worker(template, random, kills=kills, saves=saves)
    print(verdict, flush=True)
    assert verdict.kills >= kills
    assert verdict.acknowledged >= saves
    assert (verdict.lost, verdict.conflicts, verdict.refused, verdict.integrity) == (0, 0, 0, "ok")
