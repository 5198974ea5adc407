"""Tests that an acknowledged answer survives `kill -9` of the web server and of the worker in the middle of their
work."""

import pytest

from tests.faults.harness import options
from tests.faults.harness.installation import Template
from tests.faults.harness.killing import kill_webs_and_worker

pytestmark = pytest.mark.long

KILLS, SAVES = 30, 3000


def test_what_was_acknowledged_survives_kills(template: Template) -> None:
    kills, saves = (
        options.on(template.name, name, default) for name, default in (("KILLS", KILLS), ("SAVES", SAVES))
    )
    random = options.seeded(f"kills of web and worker on {template.name}")
    found = kill_webs_and_worker(template, random, kills=kills, saves=saves)
    print(found, flush=True)
    assert found.kills >= kills
    assert found.acknowledged >= saves
    assert (found.lost, found.conflicts, found.refused, found.integrity) == (0, 0, 0, "ok")
