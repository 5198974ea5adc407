"""Sets our methods against a folder of numbers that were computed elsewhere; exit code 1 when any differs."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from posture.validation.registry import reports
from posture.validation.report import FileReport

MAX_SHOWN_FAILURES = 5


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["folder"].is_dir():
            raise CommandError(f"{options['folder']} is no folder.")
        file_reports = list(reports(options["folder"]))
        if not file_reports:
            raise CommandError(f"{options['folder']} has no CSV or JSON file.")
        self.stdout.write(f"{'file':<42}{'values':>8}  {'worst error':>11}  {'tolerance':>9}")
        for report in file_reports:
            self._print(report)
        failed = [report.name for report in file_reports if not report.has_passed]
        self.stdout.write(f"{len(file_reports) - len(failed)} of {len(file_reports)} files pass.")
        if failed:
            sys.exit(1)

    def _print(self, report: FileReport) -> None:
        verdict = "pass" if report.has_passed else "FAIL"
        figures = f"{report.checked:>8}  {report.worst_error:>11.1e}  {report.tolerance:>9.0e}"
        self.stdout.write(f"{report.name:<42}{figures}  {verdict} {report.note}".rstrip())
        for tolerance, worst in report.exempt.items():
            self.stdout.write(
                f"    some values are held to {tolerance:.0e}; their worst error is {worst:.1e}"
            )
        for failure in report.failures[:MAX_SHOWN_FAILURES]:
            self.stdout.write(f"    {failure.label}: found {failure.computed}, expected {failure.expected}")
        if len(report.failures) > MAX_SHOWN_FAILURES:
            self.stdout.write(f"    and {len(report.failures) - MAX_SHOWN_FAILURES} more")
