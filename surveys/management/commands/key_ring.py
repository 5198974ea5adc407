"""Writes the key ring to a file, or restores it after a database was restored without it."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from surveys.encryption.cipher import SealingError
from surveys.retention import key_ring


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["write", "restore"])
        parser.add_argument("file", type=Path, nargs="?", help=_("Default: beside the installation key."))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["action"] == "write":
                path = key_ring.write_key_ring(options["file"])
                self.stdout.write(_("The key ring is in {path}.").format(path=path))
                return
            restored = key_ring.restore_key_ring(
                key_ring.read_key_ring(options["file"] or key_ring.default_path())
            )
        except (key_ring.UnreadableKeyRing, SealingError, OSError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            _("{keys} keys and {erasures} rows of the ledger of erasures are restored.").format(
                keys=restored.keys, erasures=restored.erasures
            )
        )
        self.stdout.write(_("Now run `manage.py erase --reapply` to erase the data that the ledger names."))
