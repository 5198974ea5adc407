"""Wraps all keys with a new installation key. No text is sealed again, so it takes seconds.

With INSTALLATION_KEY_FILE, the command creates the key and writes it first. The older keys stay in the file until
`--finish`. With INSTALLATION_KEY, write a new key and a comma before the old key on every machine, restart, run the
command, and then remove the old key. Copies of the key ring and of the database log that were wrapped with a removed
key can no longer be unwrapped.
"""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from surveys.encryption import installation_key
from surveys.encryption.cipher import SealingError
from surveys.retention import key_ring


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--finish", action="store_true", help=_("Remove the older keys from INSTALLATION_KEY_FILE.")
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
            _("{count} keys are wrapped with installation key {key}.").format(
                count=count, key=installation_key.current_key().id
            )
        )
        if in_file and not options["finish"]:
            self.stdout.write(
                _(
                    "Copy {path} to every machine and to its safe place, then run this again with --finish."
                ).format(path=settings.INSTALLATION_KEY_FILE)
            )
