"""Removes what was kept long enough, as the worker does every night, and prints the report."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from surveys import retaining


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Count only.")

    def handle(self, *args: Any, **options: Any) -> None:
        counts = retaining.run(at=timezone.now(), is_rehearsal=options["dry_run"])
        for rule in retaining.known_rules():
            self.stdout.write(f"{counts[rule.code]:>8}  {rule.what}, kept {rule.kept}")
        for wave in retaining.on_hold():
            self.stdout.write(f"   on hold  {wave}")
        if options["dry_run"]:
            self.stdout.write("Nothing was removed.")
