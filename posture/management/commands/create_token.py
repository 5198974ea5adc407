"""Makes a token for the REST API. Its text is printed once; afterwards only its hash is known."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from posture.accounts.tokens import create_token
from surveys.people.user_accounts import user_with_address


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="E-mail address of the person who is responsible for the token.")
        parser.add_argument("--name", required=True, help="Purpose of the token.")
        parser.add_argument("--days", type=int, default=90)

    def handle(self, *args: Any, **options: Any) -> None:
        person = user_with_address(options["email"])
        if person is None:
            raise CommandError(
                f"Nobody has the address {options['email']}: manage.py add_person adds people."
            )
        if not person.is_active:
            raise CommandError(f"{options['email']} is suspended: an admin lets people in again.")
        if options["days"] < 1:
            raise CommandError("--days must be 1 or more.")
        now = timezone.now()
        token, text = create_token(
            person, name=options["name"], expires_at=now + timedelta(days=options["days"]), at=now
        )
        self.stdout.write(
            f"{text}\nuntil {token.expires_at:%Y-%m-%d}; revoke with: manage.py revoke_token {token.prefix}"
        )
