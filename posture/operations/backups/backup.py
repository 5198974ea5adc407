"""Writes an archive. An incomplete file never has the name of an archive."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from posture.operations.backups.archive import ArchiveManifest, ArchiveWriter, TableContents
from posture.operations.backups.errors import BackupError
from posture.operations.backups.key import sealing_key
from posture.operations.backups.schema_tables import Migration, left_out, tables_of
from posture.operations.backups.snapshot import Snapshot, open_snapshot
from posture.operations.readiness import shipped_migrations
from posture.version import version
from surveys.retention import key_ring


def make_backup(target: Path, *, at: datetime) -> ArchiveManifest:
    """Writes the archive, and replaces an existing `target`. Updates the key ring beside the installation key. Raises
    BackupError."""
    key = sealing_key()
    try:
        with open_snapshot() as database_snapshot, _new_file(target) as file:
            migrations = database_snapshot.migrations()
            _refuse_unknown(migrations)
            tables = tables_of(migrations, left_out())
            writer = ArchiveWriter(file, key, _origin(database_snapshot, migrations, at))
            contents: dict[str, TableContents] = {
                table.name: writer.write_table(table, database_snapshot.rows(table)) for table in tables
            }
            manifest = writer.finish(contents, database_snapshot.sequences(tables))
        key_ring.write_key_ring()
        return manifest
    except OSError as error:
        raise BackupError(f"The backup cannot be written: {error}") from error


def _origin(database_snapshot: Snapshot, migrations: tuple[Migration, ...], at: datetime) -> ArchiveManifest:
    return ArchiveManifest(
        made_at=at.astimezone(UTC).isoformat(timespec="seconds"),
        product_version=version(),
        engine=database_snapshot.vendor,
        migrations=migrations,
        left_out=left_out(),
        tables={},
        sequences={},
    )


def _refuse_unknown(migrations: tuple[Migration, ...]) -> None:
    unknown = sorted(set(migrations) - shipped_migrations())
    if unknown:
        app, name = unknown[0]
        raise BackupError(
            f"The database is newer than this code (migration {app} {name}):"
            " back it up with the version that runs on it."
        )


@contextmanager
def _new_file(target: Path) -> Iterator[BinaryIO]:
    """Writes under a temporary name until the file is complete and on the disk."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}-{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        _flush_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
