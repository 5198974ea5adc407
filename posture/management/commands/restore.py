"""Restores an archive into an empty database. Everything is checked before anything is touched."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from posture.operations.backups.errors import BackupError
from posture.operations.backups.restore import restore


class Command(BaseCommand):
    help = __doc__
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="Replace all data that the database has now."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = restore(
                options["file"], replace=options["replace"], at=timezone.now(), report=self.stdout.write
            )
        except (BackupError, DatabaseError) as error:
            raise CommandError(f"Nothing was restored. {error}") from error
        self.stdout.write(
            f"Restored what was there at {manifest.made_at} (version {manifest.product_version})."
        )
        self.stdout.write(
            "Links, tokens and passwords that were withdrawn or changed since then are as they were."
        )
