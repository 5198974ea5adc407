"""Prints a code for the page /setup/, where the first admin of the installation comes in. Good once, for 30 minutes."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone

from posture.accounts.first_run import SetupRefused, create_setup_code


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            code = create_setup_code(at=timezone.now())
        except SetupRefused:
            raise CommandError("There is an admin already, who can let others in.") from None
        self.stdout.write(
            f"{code}\ngood once, for 30 minutes, at {settings.BASE_URL}{reverse('first-admin')}"
        )
