"""Proves an archive: the restore command restores all of it into a scratch SQLite database."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from django.conf import settings

from posture.operations.backups import key
from posture.operations.backups.archive import ArchiveManifest
from posture.operations.backups.errors import BackupError
from posture.operations.backups.restore import check_archive


def verify_archive(archive: Path) -> tuple[ArchiveManifest, str]:
    """Returns the manifest and the output of the restore. Raises BackupError. Only the owner can read the scratch
    database, which is removed."""
    manifest = check_archive(archive)
    Path(settings.VAR).mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.VAR, prefix="verify-") as folder:
        database = f"sqlite:///{folder}/scratch.sqlite3"
        environment = {
            "POSTURE_VAR": folder,
            "DATABASE_URL": database,
            "DATABASE_OWNER_URL": database,
            "BACKUP_KEY": settings.BACKUP_KEY or key.key_file().read_text().strip().replace("\n", ","),
            "SECRET_KEY": settings.SECRET_KEY,
            "INSTALLATION_KEY_FILE": str(settings.INSTALLATION_KEY_FILE),
        }
        process = subprocess.run(
            [sys.executable, settings.ROOT / "manage.py", "restore", archive.resolve()],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
        )
    if process.returncode:
        raise BackupError(
            f"Restoring it into a scratch database failed: {process.stderr.strip().splitlines()[-1]}"
        )
    return manifest, process.stdout
