"""Brings an embedded installation up to date: migrations, definitions and, once, demo data."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("load_definitions")
        if not (settings.VAR / "demo.json").exists():
            self.stdout.write("Seeding demo data (once) ...")
            call_command("seed_demo")
