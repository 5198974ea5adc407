"""Proves an archive: the restore command restores all of it into a scratch SQLite database."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from django.conf import settings

from posture.operations.backups import key
from posture.operations.backups.archive import Manifest
from posture.operations.backups.errors import BackupError
from posture.operations.backups.restoring import check


def rehearse(archive: Path) -> tuple[Manifest, str]:
    """Returns the manifest and the output of the restore. Raises BackupError. Only the owner can read the scratch
    database, which is removed."""
    manifest = check(archive)
    Path(settings.VAR).mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.VAR, prefix="verify-") as folder:
        database = f"sqlite:///{folder}/scratch.sqlite3"
        scratch = {
            "POSTURE_VAR": folder,
            "DATABASE_URL": database,
            "DATABASE_OWNER_URL": database,
            "BACKUP_KEY": settings.BACKUP_KEY or key.file().read_text().strip().replace("\n", ","),
            "SECRET_KEY": settings.SECRET_KEY,
            "INSTALLATION_KEY_FILE": str(settings.INSTALLATION_KEY_FILE),
        }
        done = subprocess.run(
            [sys.executable, settings.ROOT / "manage.py", "restore", archive.resolve()],
            env={**os.environ, **scratch},
            capture_output=True,
            text=True,
        )
    if done.returncode:
        raise BackupError(
            f"Restoring it into a scratch database failed: {done.stderr.strip().splitlines()[-1]}"
        )
    return manifest, done.stdout
