"""Tests that the world of the leak tests has a separate word in every text column of every organisation."""

import json
import stat
from pathlib import Path
from random import Random

import pytest
from django.core.management import call_command

from posture.demo import canaries
from posture.demo.canary_world import ACCOUNT_STATES, CanaryMissing, build_canary_data
from tests.support.builders import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture(autouse=True)
def _definitions(db: None) -> None:
    call_command("load_definitions", verbosity=0)


def test_the_file_says_where_everything_is(tmp_path: Path) -> None:
    call_command("seed_demo", "--canary", str(tmp_path / "canaries.json"), "--tenants", "2", "--seed", "4")
    assert stat.S_IMODE((tmp_path / "canaries.json").stat().st_mode) == 0o600
    found = json.loads((tmp_path / "canaries.json").read_text())
    words = [word for owned in found["canaries"].values() for word in owned]
    assert len(words) == len(set(words))
    assert len(found["organizations"]) == 2
    for organization in found["organizations"]:
        assert organization["slug"] in found["canaries"]
        assert [login["state"] for login in organization["logins"]] == list(ACCOUNT_STATES)


def test_a_text_column_without_a_canary_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new text column that cannot be written to afterwards."""
    monkeypatch.setattr(
        canaries, "EXCLUDED_COLUMNS", canaries.EXCLUDED_COLUMNS - {"surveys.AuditEntry.actor"}
    )
    with pytest.raises(CanaryMissing, match=r"surveys\.AuditEntry\.actor"):
        build_canary_data(Random(1), tenants=1, at=NOW)
