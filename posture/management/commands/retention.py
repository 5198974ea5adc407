"""Removes what was kept long enough, as the worker does every night, and prints the report."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from surveys.retention import retention_rules
from surveys.retention.retention_guard import Consent


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="Count what would be removed, and remove nothing."
        )
        parser.add_argument(
            "--yes",
            action="store_true",
            help="Remove what retention held back last night, if it is no more than that.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        last = retention_rules.latest_report()
        decision = Consent.about(last) if options["yes"] and last is not None else None
        counts = retention_rules.apply_rules(
            at=timezone.now(), is_rehearsal=options["dry_run"], consent=decision
        )
        for rule in retention_rules.known_rules():
            count = counts.get(rule.code, "held back")
            self.stdout.write(f"{count:>9}  {rule.data}, kept {rule.period}")
        for wave in retention_rules.on_hold():
            self.stdout.write(f"   on hold  {wave}")
        if options["dry_run"]:
            self.stdout.write("Nothing was removed.")
