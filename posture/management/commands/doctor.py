"""Reads back from the running database and process what durability and security rest on. Ends with 1 when something is
wrong, with the way to put it right."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from posture.operations.doctor.examination import examine
from posture.operations.doctor.finding import Finding


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        findings_by_area = examine(timezone.now())
        if options["json"]:
            document = {
                area: [asdict(finding) for finding in findings] for area, findings in findings_by_area.items()
            }
            self.stdout.write(json.dumps(document, indent=2))
        else:
            for area, findings in findings_by_area.items():
                self._print(area, findings)
        problems = sum(
            bool(finding.problem) for findings in findings_by_area.values() for finding in findings
        )
        if not options["json"]:
            self.stdout.write(f"\n{problems} things are wrong." if problems else "\nNothing is wrong.")
        if problems:
            sys.exit(1)

    def _print(self, area: str, findings: list[Finding]) -> None:
        self.stdout.write(f"\n{area}")
        for finding in findings:
            self.stdout.write(f"  {'!' if finding.problem else ' '} {finding.name:<28} {finding.value}")
            if finding.problem:
                self.stdout.write(f"      {finding.problem}")
