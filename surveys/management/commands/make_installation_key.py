"""Creates the installation key of a new installation in INSTALLATION_KEY_FILE, or prints it for INSTALLATION_KEY."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from surveys.encryption import installation_key


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--print", action="store_true", help=_("Print a key and write nothing."))

    def handle(self, *args: Any, **options: Any) -> None:
        if options["print"]:
            self.stdout.write(installation_key.random_key())
            return
        try:
            path = installation_key.create_file()
        except installation_key.InstallationKeyError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            _(
                "The installation key is in {path}. Keep a copy apart from the backups of the database."
            ).format(path=path)
        )
