"""Ends a token at once. The prefix is the part between the first two underscores of its text."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from posture.models import ApiToken


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("prefix")

    def handle(self, *args: Any, **options: Any) -> None:
        ended = ApiToken.objects.filter(prefix=options["prefix"], revoked_at=None).update(
            revoked_at=timezone.now()
        )
        if not ended:
            raise CommandError(f"There is no usable token {options['prefix']}.")
        self.stdout.write(f"{options['prefix']} is revoked.")
