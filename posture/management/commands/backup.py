"""Writes everything that the database holds at this moment into one encrypted archive, while others go on writing."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from posture.operations.backups import archive_names, key
from posture.operations.backups.backup import make_backup
from posture.operations.backups.errors import BackupError
from surveys.audit import trail


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--to", type=Path, metavar="FILE", help="Write this file instead of a new one in BACKUP_DIR."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        target: Path = options["to"] or archive_names.name_for(at)
        try:
            manifest = make_backup(target, at=at)
        except BackupError as error:
            raise CommandError(str(error)) from error
        trail.note("backup made", by="operator", about=target.name, at=at)
        rows = sum(table.rows for table in manifest.tables.values())
        self.stdout.write(
            f"{target}: {rows} rows in {len(manifest.tables)} tables, {target.stat().st_size} bytes."
        )
        if key.key_file().exists():
            self.stdout.write(
                f"Without its key nobody can read it: keep a copy of {key.key_file()} on another machine."
            )
