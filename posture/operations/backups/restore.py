"""Restores an archive: checks all of it before it changes anything, and makes the restored data visible at once.

SQLite: a new file beside the old one, renamed when it is complete. PostgreSQL: one transaction. So an interrupted
restore leaves the database unchanged.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from posture.operations.backups.archive import ArchiveManifest, ArchiveReader, TableContents, TableDigest
from posture.operations.backups.archive_loader import build_schema, compare, load
from posture.operations.backups.carried_rows import add_key_ring, read_key_ring
from posture.operations.backups.errors import ArchiveRefused, BackupError
from posture.operations.backups.key import opening_keys
from posture.operations.backups.schema_tables import tables_of
from posture.operations.readiness import shipped_migrations
from surveys.audit import trail
from surveys.encryption.cipher import SealingError
from surveys.retention.database_remnants import clear_remnants
from surveys.retention.erasure import ErasureResult, reapply_ledger

# Derived from the database, and invalid for another one.
DERIVED_FOLDERS = ("frames",)
FILLED_BY_MIGRATIONS = {"django_migrations", "django_content_type", "auth_permission"}
LOCK_TIMEOUT_SECONDS = 2

Report = Callable[[str], None]


def check_archive(archive: Path) -> ArchiveManifest:
    """Decrypts all of the archive and compares it with its manifest, without a database. Raises ArchiveRefused."""
    with _open_archive(archive) as file:
        reader = ArchiveReader(file, opening_keys())
        _refuse_newer(reader.origin)
        tables = {table.name: table for table in tables_of(reader.origin.migrations, reader.origin.left_out)}
        contents: dict[str, TableContents] = {}
        for name, columns, rows in reader.tables():
            if name not in tables or columns != tables[name].names:
                raise ArchiveRefused(f"The archive holds {name} with other columns than its version had.")
            digest = TableDigest(tables[name])
            for row in rows:
                digest.add(row)
            contents[name] = digest.contents()
        manifest = reader.manifest
    assert manifest is not None
    if contents != manifest.tables or set(contents) != set(tables):
        raise ArchiveRefused("The tables of the archive are not those that its manifest lists.")
    return manifest


def restore(archive: Path, *, replace: bool, at: datetime, report: Report) -> ArchiveManifest:
    """Restores the archive. Raises BackupError, in which case nothing was changed."""
    manifest = check_archive(archive)
    report(
        f"checked: {sum(table.rows for table in manifest.tables.values())} rows in {len(manifest.tables)} tables"
    )
    if not replace and not is_empty():
        raise BackupError(
            "The database is not empty. --replace removes everything in it and restores the archive."
        )
    old_key_ring = read_key_ring()
    with _atomic_restore(), _open_archive(archive) as file:
        build_schema(connection, manifest)
        load(connection, ArchiveReader(file, opening_keys()))
        compare(connection, manifest)
        report("restored: every table says what the archive says")
        call_command("migrate", verbosity=0, interactive=False)
        keys = add_key_ring(old_key_ring).keys
        reapplied, erasures = _reapply_erasures(at)
        newer = len(shipped_migrations()) - len(manifest.migrations)
        report(
            f"migrated: {newer} migrations that are newer than the archive"
            if newer
            else "migrated: nothing to do"
        )
        flaws = list(trail.flaws())
        trail.note("backup restored", by="operator", about=f"made at {manifest.made_at}", at=at)
    report(
        f"keys: {keys} of this installation stay"
        if keys
        else "keys: none here; words and addresses open when the key ring is back"
    )
    report(f"erasures: {erasures}")
    for sentence in (
        clear_remnants({table for erasure in reapplied for table in erasure.tables}) if reapplied else ()
    ):
        report(sentence)
    for flaw in flaws:
        report(f"audit trail: {flaw}")
    report(f"audit trail: {len(flaws)} flaws" if flaws else "audit trail: whole")
    for name in DERIVED_FOLDERS:
        shutil.rmtree(Path(settings.VAR) / name, ignore_errors=True)
    return manifest


def _reapply_erasures(at: datetime) -> tuple[list[ErasureResult], str]:
    try:
        erasures = reapply_ledger(at=at)
    except SealingError as error:
        return [], str(error)
    return erasures, f"{len(erasures)} of the ledger erased again"


def is_empty() -> bool:
    """Returns whether the database holds only rows that migrations write. A file that cannot be read is not empty."""
    try:
        names = set(connection.introspection.table_names()) - FILLED_BY_MIGRATIONS
        with connection.cursor() as cursor:
            for name in names:
                cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(name)} LIMIT 1")
                if cursor.fetchone():
                    return False
    except DatabaseError:
        return False
    return True


@contextmanager
def _open_archive(archive: Path) -> Iterator[BinaryIO]:
    try:
        with archive.open("rb") as file:
            yield file
    except FileNotFoundError:
        raise BackupError(f"There is no {archive}.") from None


def _refuse_newer(origin: ArchiveManifest) -> None:
    unknown = sorted(set(origin.migrations) - shipped_migrations())
    if unknown:
        app, name = unknown[0]
        raise ArchiveRefused(
            f"The archive was made by a newer version, {origin.product_version} (migration {app} {name}):"
            " restore it with that version."
        )


@contextmanager
def _atomic_restore() -> Iterator[None]:
    with _new_file() if connection.vendor == "sqlite" else _one_transaction():
        yield


@contextmanager
def _one_transaction() -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'")
            names = [connection.ops.quote_name(name) for name in connection.introspection.table_names(cursor)]
            if names:
                cursor.execute(f"DROP TABLE {', '.join(names)} CASCADE")
        yield


@contextmanager
def _new_file() -> Iterator[None]:
    """Points the connection to a file beside the old one, and replaces the old file at the end."""
    target = Path(connection.settings_dict["NAME"])
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = target.with_name(f"{target.name}.restoring")
    _remove_database(scratch)
    _require_unused(target)
    scratch.touch(mode=0o600)
    _connect_to(scratch)
    try:
        yield
        _merge_wal(scratch)
        _require_unused(target)
        scratch.replace(target)
    finally:
        _connect_to(target)
        _remove_database(scratch)


def _connect_to(file: Path) -> None:
    connection.close()
    connection.settings_dict["NAME"] = str(file)


def _require_unused(target: Path) -> None:
    """Ensures that no other process has the old file open, because it would continue to use it. A damaged file is
    accepted."""
    if not target.exists():
        return
    connection.close()
    try:
        _merge_wal(target)
    except sqlite3.OperationalError as error:
        raise BackupError(f"{target} is in use ({error}): stop the server and the workers first.") from None
    except sqlite3.DatabaseError:
        for ending in ("-wal", "-shm"):
            target.with_name(target.name + ending).unlink(missing_ok=True)


def _merge_wal(file: Path) -> None:
    """Merges the WAL into the file. SQLite refuses this while another connection is open."""
    connection.close()
    with closing(sqlite3.connect(file, timeout=LOCK_TIMEOUT_SECONDS)) as database:
        database.execute("PRAGMA journal_mode = DELETE").fetchone()


def _remove_database(file: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
