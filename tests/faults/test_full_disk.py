"""Tests that a full disk is reported and that only stored saves are acknowledged. When there is room again, nothing
needs repair.

The room is limited in two ways. A limit on the size of every file that the server writes works for every user. A
separate volume is a full disk in earnest; it needs the right to mount one, and runs where the process has it."""

import contextlib
import os
import resource
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.harness import options
from tests.faults.harness.child import Child
from tests.faults.harness.installation import Installation, Template
from tests.faults.harness.ledger import Ledger, SavedVersion, answers_with_gaps, stored_entries
from tests.faults.harness.respondent import Reply, Respondent

pytestmark = pytest.mark.long

ITEM = "PRO-04"
VOLUME_BYTES = 260_000_000
SPARE_BYTES = 100_000_000
MOST_TRIES = 400
UNLIMITED = resource.RLIM_INFINITY


class SavingRespondent:
    """One respondent who saves again and again; acknowledged saves go into the ledger."""

    def __init__(self, token: str, installation: Installation) -> None:
        self.respondent = Respondent(token, lambda: installation.port, host=f"localhost:{installation.port}")
        self.ledger, self.version, self.number = Ledger(), 0, 0

    def save(self) -> Reply:
        self.number += 1
        reply = self.respondent.save(ITEM, self.number, version=self.version, key=str(uuid.uuid4()))
        if reply.status == 200:
            self.version = int(reply.json()["version"])
            public_id = self.respondent.public_id.replace("-", "")
            self.ledger.acknowledged.append(SavedVersion(public_id, ITEM, self.version, self.number))
        return reply

    def save_until_refused(self) -> Reply:
        for _ in range(MOST_TRIES):
            if (reply := self.save()).status != 200:
                return reply
        raise AssertionError(f"{MOST_TRIES} saves were acknowledged on a full disk")


def check_acknowledged_saves(installation: Installation, saver: SavingRespondent) -> None:
    assert saver.ledger.lost(installation) == []
    assert answers_with_gaps(stored_entries(installation)) == []
    assert installation.integrity() == "ok"


def limit_files(web: Child, size: int) -> None:
    """Limits the size of each file that the process may write. The limit can be lifted again, so no new process is
    needed."""
    resource.prlimit(web.pid, resource.RLIMIT_FSIZE, (size, UNLIMITED))


def test_a_save_without_disk_space_is_refused_and_later_saves_work(sqlite_template: Template) -> None:
    options.seeded_random("a limit on every file")
    with sqlite_template.copy() as installation:
        web = installation.web()
        web.start()
        saver = SavingRespondent(sqlite_template.tokens[0], installation)
        assert saver.save().status == 200
        limit_files(web, (installation.var / "posture.sqlite3-wal").stat().st_size)
        refused = saver.save_until_refused()
        assert refused.status == 503, refused
        assert refused.retry_after, "the page is told when to try again"
        assert saver.save().status == 503
        limit_files(web, UNLIMITED)
        assert saver.save().status == 200
        print(f"{len(saver.ledger.acknowledged)} acknowledged", flush=True)
        check_acknowledged_saves(installation, saver)


def mount_volume(folder: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={VOLUME_BYTES},mode=700", "posture-tests", folder]
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


@contextlib.contextmanager
def small_volume() -> Iterator[Path | None]:
    """Yields the folder of a small volume, or None where the process may not mount one."""
    folder = Path(tempfile.mkdtemp(prefix="pv-"))
    is_mounted = mount_volume(folder)
    try:
        yield folder if is_mounted else None
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()


def leave_free(volume: Path, free: int) -> None:
    filler_file, space = volume / "filler", os.statvfs(volume)
    with filler_file.open("ab") as file:
        size = file.tell() + space.f_bavail * space.f_frsize - free
        os.posix_fallocate(file.fileno(), 0, max(1, size))


def test_a_small_volume_fills_and_is_freed(
    sqlite_template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_volume() as volume:
        if volume is None:
            print("no right to mount a volume: the test with a limit stands for this one", flush=True)
            return
        monkeypatch.setattr(tempfile, "tempdir", str(volume))
        with sqlite_template.copy() as installation:
            installation.web().start()
            saver = SavingRespondent(sqlite_template.tokens[1], installation)
            assert saver.save().status == 200
            assert installation.get("/readyz").status_code == 200
            leave_free(volume, SPARE_BYTES)
            not_ready = installation.get("/readyz")
            assert (not_ready.status_code, not_ready.json()["checks"]["disk"][-7:]) == (503, "MB left")
            assert installation.get("/benchmarks.csv").status_code == 507
            assert saver.save().status == 200, "answers are saved to the last"
            leave_free(volume, 0)
            refused = saver.save_until_refused()
            assert (refused.status, bool(refused.retry_after)) == (503, True)
            assert installation.get("/healthz").status_code == 200
            (volume / "filler").unlink()
            assert saver.save().status == 200
            assert installation.get("/readyz").status_code == 200
            assert installation.get("/benchmarks.csv").status_code == 200
            print(f"{len(saver.ledger.acknowledged)} acknowledged", flush=True)
            check_acknowledged_saves(installation, saver)


def test_an_acknowledgement_without_a_row_is_found(sqlite_template: Template) -> None:
    """The negative control: a save is acknowledged with 200 and has no row."""
    with sqlite_template.copy() as installation:
        saver = SavingRespondent.__new__(SavingRespondent)
        saver.ledger = Ledger(acknowledged=[SavedVersion("0" * 32, ITEM, 1, 7)])
        with pytest.raises(AssertionError):
            check_acknowledged_saves(installation, saver)
