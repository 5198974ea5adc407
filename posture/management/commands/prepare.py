"""Brings an embedded installation up to date: migrations, definitions and, once, demo data."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("load_definitions")
        demo = settings.VAR / "demo.json"
        if demo.exists():
            follow_address(demo)
        else:
            self.stdout.write("Seeding demo data (once) ...")
            call_command("seed_demo")


def follow_address(demo: Path) -> None:
    """Updates the links of the demo to the current port."""
    text = demo.read_text()
    demo.write_text(text.replace(json.loads(text)["base_url"], settings.BASE_URL))
