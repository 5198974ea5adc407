"""Ends a token at once. The prefix is the part between the first two underscores of its text."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from posture.accounts.tokens import revoke_token
from posture.models import ApiToken


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("prefix")

    def handle(self, *args: Any, **options: Any) -> None:
        tokens = ApiToken.objects.filter(prefix=options["prefix"])
        if not revoke_token(tokens, by="command", at=timezone.now()):
            raise CommandError(f"There is no usable token {options['prefix']}.")
        self.stdout.write(f"{options['prefix']} is revoked.")
