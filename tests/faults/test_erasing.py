"""Tests that erased data is in no byte of the database, its log and the files, also after the restore of an old
backup."""

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.harness.installation import Installation, Template
from tests.faults.harness.stored_bytes import files_holding

pytestmark = pytest.mark.long

ARCHIVES = ("backups",)
RUN = "from tests.faults.harness.erasable import *; "


@contextlib.contextmanager
def reader(installation: Installation) -> Iterator[None]:
    """Keeps the database open, as a web process does: SQLite then keeps its write-ahead log."""
    if installation.cluster is not None:
        yield
        return
    with contextlib.closing(sqlite3.connect(installation.var / "posture.sqlite3")) as connection:
        connection.execute("SELECT count(*) FROM surveys_wave").fetchone()
        yield


def all_words(entry: dict[str, Any]) -> list[str]:
    return [*entry["respondent"], *entry["organization"]]


def counts(installation: Installation, slug: str) -> Any:
    return json.loads(installation.shell(f"{RUN}print_counts('{slug}')"))


def test_erased_data_is_in_no_byte_also_after_an_old_backup_is_restored(template: Template) -> None:
    with template.copy() as installation:
        world = json.loads(installation.shell(f"{RUN}print_world()"))
        first, second = world["first"], world["second"]
        archive = installation.var / "backups" / "old.backup"
        installation.manage("backup", "--to", str(archive))
        other_counts = counts(installation, "third")
        with reader(installation):
            _erase_respondent(installation, first)
            _erase_organization(installation, second)
        assert counts(installation, "third") == other_counts
        erased_words = [*first["respondent"], *all_words(second)]

        output = installation.manage("restore", str(archive), "--replace")
        assert "2 of the ledger erased again" in output
        assert files_holding(installation, erased_words, excluded_names=ARCHIVES) == {}
        assert counts(installation, "third") == other_counts

        _check_that_the_search_finds_restored_words(installation, archive, first, second)


def _erase_respondent(installation: Installation, first: dict[str, Any]) -> None:
    assert (
        len(files_holding(installation, first["respondent"], excluded_names=ARCHIVES))
        >= len(first["respondent"]) - 2
    )
    dry_run = installation.manage("erase", "respondent", str(first["invitation"]), "--dry-run")
    assert "would be erased" in dry_run
    erased = installation.manage("erase", "respondent", str(first["invitation"]))
    assert "receipt" in erased
    assert files_holding(installation, first["respondent"], excluded_names=ARCHIVES) == {}


def _erase_organization(installation: Installation, second: dict[str, Any]) -> None:
    """Negative control: erasing only the rows leaves remnants until these are cleared."""
    installation.shell(f"{RUN}erase_rows('second')")
    assert files_holding(installation, all_words(second), excluded_names=ARCHIVES)
    installation.manage("erase", "--clear")
    assert files_holding(installation, all_words(second), excluded_names=ARCHIVES) == {}


def _check_that_the_search_finds_restored_words(
    installation: Installation, archive: Any, first: dict[str, Any], second: dict[str, Any]
) -> None:
    """Negative control. The words stay sealed even so, because the key was erased with the organisation."""
    installation.shell("from surveys.models import *; Erasure.objects.all().delete()")
    installation.manage("restore", str(archive), "--replace")
    with reader(installation):
        reappeared = files_holding(
            installation, [*first["respondent"], *all_words(second)], excluded_names=ARCHIVES
        )
    assert second["organization"][0] in reappeared
    assert first["respondent"][2] in reappeared
    assert second["organization"][2] not in json.dumps(
        installation.rows("SELECT key_id FROM surveys_sealingkey")
    )
    with pytest.raises(RuntimeError, match="was destroyed with its organisation"):
        counts(installation, "second")
