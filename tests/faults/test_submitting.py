"""Tests that a response is submitted once, regardless of how many devices submit it at the same moment."""

import pytest

from tests.faults.harness import options
from tests.faults.harness.installation import Template
from tests.faults.harness.submitting import UNLOCKED, race

pytestmark = pytest.mark.long

# Below the 40 requests that one respondent may send at once.
ROUNDS, DEVICES = 30, 32


def test_simultaneous_submissions_submit_once(template: Template) -> None:
    counts = race(template, rounds=options.number("ROUNDS", ROUNDS), devices=DEVICES)
    print(counts, flush=True)
    assert counts.faults == 0


def test_a_submission_without_a_lock_is_found(template: Template) -> None:
    assert race(template, rounds=2, devices=10, settings=UNLOCKED).faults > 0
