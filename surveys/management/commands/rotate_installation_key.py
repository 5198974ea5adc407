"""Wraps all keys with a new installation key. No text is sealed anew, so it takes seconds.

With INSTALLATION_KEY_FILE: makes the key, puts it first, keeps the older ones behind it until `--finish`.
With INSTALLATION_KEY: put a new key and a comma in front of the old one on every machine, restart, run this, and then
take the old one away. Copies of the key ring and of the database's log that were wrapped with a key that is nowhere any
more open nothing."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from surveys.encryption import installation_key
from surveys.encryption.cipher import SealingError
from surveys.retention import key_ring


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--finish", action="store_true", help="Take the older keys out of INSTALLATION_KEY_FILE."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        in_file = not settings.INSTALLATION_KEY
        try:
            if in_file and not options["finish"]:
                installation_key.prepend_key(installation_key.random_key())
            count = key_ring.rewrap_keys()
            key_ring.write_key_ring()
            if in_file and options["finish"]:
                installation_key.drop_older_keys()
        except SealingError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"{count} keys are wrapped with installation key {installation_key.current_key().id}."
        )
        if in_file and not options["finish"]:
            self.stdout.write(
                f"Copy {settings.INSTALLATION_KEY_FILE} to every machine and to its safe place,"
                " then run this again with --finish."
            )
