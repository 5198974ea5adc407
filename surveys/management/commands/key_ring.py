"""Writes the key ring to a file, or brings one back after a database was restored without it."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from surveys.encryption.cipher import SealingError
from surveys.retention import key_ring


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["write", "restore"])
        parser.add_argument("file", type=Path, nargs="?", help="Default: beside the installation key.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["action"] == "write":
                self.stdout.write(f"The key ring is in {key_ring.write_key_ring(options['file'])}.")
                return
            restored = key_ring.restore_key_ring(
                key_ring.read_key_ring(options["file"] or key_ring.default_path())
            )
        except (key_ring.UnreadableKeyRing, SealingError, OSError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{restored.keys} keys and {restored.erasures} notes of erasures came back.")
        self.stdout.write("Now run `manage.py erase --reapply`: what the ledger notes is to be erased again.")
