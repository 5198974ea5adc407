"""Tests that the list of guards names existing files."""

import csv
import tomllib

from posture.launch.places import ROOT
from tests.mutants.places import GUARDS, SURVIVORS


def test_guards_and_their_tests_exist() -> None:
    guards = tomllib.loads(GUARDS.read_text("utf-8"))["guards"]
    named_files = [name for guard in guards for name in (guard["file"], *guard["tests"])]
    assert [name for name in named_files if not (ROOT / name).exists()] == []
    assert all(guard["tests"] for guard in guards)


def test_every_survivor_has_a_reason_and_a_guard() -> None:
    files = {guard["file"] for guard in tomllib.loads(GUARDS.read_text("utf-8"))["guards"]}
    with SURVIVORS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert row["why"], row
            assert row["file"] in files, row
