"""Stores cubes on disk, one folder for each data version of a questionnaire. A folder is complete or absent, private,
and never changed. Web processes map the current cube into memory; a worker that builds another one holds a lock."""

import fcntl
import json
import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TextIO

from django.conf import settings

from posture.analysis.cubes.cube import Cube
from posture.analysis.cubes.reweighting import Reweighted, reweighted
from posture.analysis.estimates.weights import Scheme
from posture.methods.weighting import Margins

KEPT_VERSIONS = 2
CURRENT, LOCK, UNFINISHED = "current.json", "lock", ".unfinished-"
LOCK_WAITS = (0, 0.05, 0.1)
VERSION = re.compile(r"[0-9a-f]{32}")
UNREADABLE = (OSError, ValueError, KeyError, TypeError, EOFError)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CountedWave:
    """The state of a wave that the cube contains, as its tally. wave: its key. latest: ISO text, "" for none."""

    wave: int
    slug: str
    definition: str
    submissions: int
    latest: str
    changes: int


@dataclass(frozen=True)
class Manifest:
    """version: the name of the folder. seconds: the duration of the last complete build."""

    version: str
    definitions: str
    waves: tuple[CountedWave, ...]
    built_at: str
    seconds: float

    @property
    def is_valid(self) -> bool:
        """Returns whether the fields are valid. Raises ValueError or TypeError for an invalid time."""
        return bool(VERSION.fullmatch(self.version) and datetime.fromisoformat(self.built_at))


@dataclass(frozen=True)
class CubeStore:
    """The folder of one questionnaire."""

    folder: Path

    @classmethod
    def of(cls, questionnaire: str) -> "CubeStore":
        return cls(Path(settings.VAR) / "frames" / questionnaire)

    def manifest(self) -> Manifest | None:
        """Returns the current manifest; None if it cannot be read or has the fields of an earlier version of
        Posture."""
        try:
            fields = json.loads((self.folder / CURRENT).read_text("utf-8"))
            manifest = Manifest(**fields | {"waves": tuple(CountedWave(**wave) for wave in fields["waves"])})
            return manifest if manifest.is_valid else None
        except UNREADABLE:
            return None

    def cube(self, manifest: Manifest) -> Cube | None:
        """Returns the cube, memory-mapped once per process. If its files are damaged, deletes them and returns None;
        the worker builds them again."""
        try:
            return _load_mapped(self.folder / manifest.version)
        except UNREADABLE:
            log.exception("Counted answers cannot be read and are counted again: %s", self.folder)
            self._delete_damaged(manifest)
            return None

    def _delete_damaged(self, manifest: Manifest) -> None:
        """Deletes the cube. The pointer to the current cube stays if another one replaced it meanwhile."""
        if self.manifest() == manifest:
            (self.folder / CURRENT).unlink(missing_ok=True)
        shutil.rmtree(self.folder / manifest.version, ignore_errors=True)

    def weighted(self, manifest: Manifest, margins: Margins) -> Reweighted | None:
        """Returns the cube weighted to population targets, once per process."""
        fixed = tuple((name, tuple(counts.items())) for name, counts in margins.items())
        return None if self.cube(manifest) is None else _weighted(self.folder / manifest.version, fixed)

    def store(self, cube: Cube, manifest: Manifest, *, extended_from: Manifest | None = None) -> None:
        """Makes the cube the current one. Parts shared with the cube of the manifest `extended_from`, from which it was
        extended, become hard links."""
        unfinished = Path(tempfile.mkdtemp(dir=self.folder, prefix=UNFINISHED))
        if extended_from is not None:
            shutil.copytree(
                self.folder / extended_from.version, unfinished, copy_function=os.link, dirs_exist_ok=True
            )
        cube.save(unfinished)
        for path in unfinished.rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)
        if (self.folder / manifest.version).exists():
            shutil.rmtree(unfinished)
        else:
            unfinished.rename(self.folder / manifest.version)
        pointer = self.folder / f"{UNFINISHED}{manifest.version}"
        pointer.touch(0o600)
        pointer.write_text(json.dumps(asdict(manifest)), "utf-8")
        pointer.replace(self.folder / CURRENT)
        self._remove_old()

    def _remove_old(self) -> None:
        """Removes old cubes except the current one and its predecessor, which a request may be about to open."""
        versions = [path for path in self.folder.iterdir() if path.is_dir()]
        for path in sorted(versions, key=lambda path: path.stat().st_ctime)[:-KEPT_VERSIONS]:
            shutil.rmtree(path)

    def remove_unfinished(self) -> None:
        for path in self.folder.glob(f"{UNFINISHED}*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    @contextmanager
    def lock(self) -> Iterator[bool]:
        """Yields True in the one process that may build. The lock ends with the process, however that ends. A request
        that only checks it holds it briefly."""
        self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        with self._lock_file() as file:
            yield any(_try_lock(file, fcntl.LOCK_EX, wait) for wait in LOCK_WAITS)

    def is_being_built(self) -> bool:
        if not (self.folder / LOCK).exists():
            return False
        with self._lock_file() as file:
            return not _try_lock(file, fcntl.LOCK_SH, 0)

    def _lock_file(self) -> TextIO:
        return os.fdopen(os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600), "r+")


def _try_lock(file: TextIO, kind: int, wait: float) -> bool:
    time.sleep(wait)
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@lru_cache(maxsize=8)
def _load_mapped(folder: Path) -> Cube:
    return Cube.load(folder)


@lru_cache(maxsize=4)
def _weighted(folder: Path, margins: tuple[tuple[str, tuple[tuple[str, float], ...]], ...]) -> Reweighted:
    return reweighted(_load_mapped(folder), {name: dict(counts) for name, counts in margins}, Scheme())
