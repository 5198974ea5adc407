"""Proves a backup by restoring it into a scratch database. Prints its manifest; ends with 1 when it is not good."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from posture.operations.backups import archive_names
from posture.operations.backups.errors import BackupError
from posture.operations.backups.verification import verify_archive


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("file", type=Path, nargs="?")
        source.add_argument("--latest", action="store_true", help="Take the newest archive in BACKUP_DIR.")
        parser.add_argument("--json", action="store_true", help="Print the manifest as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            archive = archive_names.latest() if options["latest"] else options["file"]
            manifest, output = verify_archive(archive)
        except BackupError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(asdict(manifest), indent=2))
            return
        self.stdout.write(output, ending="")
        self.stdout.write(f"{archive} is good: made at {manifest.made_at} on {manifest.engine}.")
        for name, contents in manifest.tables.items():
            self.stdout.write(f"  {contents.rows:>9} {contents.sha256[:16]}  {name}")
