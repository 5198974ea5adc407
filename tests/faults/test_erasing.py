"""Tests that erased data is in no byte of the database, its log and the files, also after the restore of an old
backup."""

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.harness.installation import Installation, Template
from tests.faults.harness.stored_bytes import found

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


def everything(entry: dict[str, Any]) -> list[str]:
    return [*entry["respondent"], *entry["organization"]]


def counts(installation: Installation, slug: str) -> Any:
    return json.loads(installation.shell(f"{RUN}print_counts('{slug}')"))


def test_who_is_erased_is_in_no_byte_and_stays_out_when_an_old_backup_comes_back(template: Template) -> None:
    with template.copy() as installation:
        world = json.loads(installation.shell(f"{RUN}print_world()"))
        first, second = world["first"], world["second"]
        archive = installation.var / "backups" / "old.backup"
        installation.manage("backup", "--to", str(archive))
        others = counts(installation, "third")
        with reader(installation):
            _respondent_goes(installation, first)
            _organization_goes(installation, second)
        assert counts(installation, "third") == others
        gone = [*first["respondent"], *everything(second)]

        said = installation.manage("restore", str(archive), "--replace")
        assert "2 of the ledger erased again" in said
        assert found(installation, gone, without=ARCHIVES) == {}
        assert counts(installation, "third") == others

        _without_the_ledger_it_would_come_back(installation, archive, first, second)


def _respondent_goes(installation: Installation, first: dict[str, Any]) -> None:
    assert len(found(installation, first["respondent"], without=ARCHIVES)) >= len(first["respondent"]) - 2
    rehearsed = installation.manage("erase", "respondent", str(first["invitation"]), "--dry-run")
    assert "would be erased" in rehearsed
    erased = installation.manage("erase", "respondent", str(first["invitation"]))
    assert "receipt" in erased
    assert found(installation, first["respondent"], without=ARCHIVES) == {}


def _organization_goes(installation: Installation, second: dict[str, Any]) -> None:
    """Negative control: erasing only the rows leaves remnants until these are cleared."""
    installation.shell(f"{RUN}erase_rows('second')")
    assert found(installation, everything(second), without=ARCHIVES)
    installation.manage("erase", "--clear")
    assert found(installation, everything(second), without=ARCHIVES) == {}


def _without_the_ledger_it_would_come_back(
    installation: Installation, archive: Any, first: dict[str, Any], second: dict[str, Any]
) -> None:
    """Negative control. The words stay sealed even so, because the key was erased with the organisation."""
    installation.shell("from surveys.models import *; Erasure.objects.all().delete()")
    installation.manage("restore", str(archive), "--replace")
    with reader(installation):
        back = found(installation, [*first["respondent"], *everything(second)], without=ARCHIVES)
    assert second["organization"][0] in back
    assert first["respondent"][2] in back
    assert second["organization"][2] not in json.dumps(
        installation.rows("SELECT key_id FROM surveys_sealingkey")
    )
    with pytest.raises(RuntimeError, match="was destroyed with its organisation"):
        counts(installation, "second")
