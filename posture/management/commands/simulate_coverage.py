"""Simulates how often the published intervals hold the truth; exit code 1 where one does so less often than
METHODS.md says."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from posture.validation.coverage import DEFAULT_DRAWS, simulate
from posture.validation.coverage_table import page


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--draws", type=int, default=DEFAULT_DRAWS)
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--write", type=Path, help="Write this page instead of printing it.")

    def handle(self, *args: Any, **options: Any) -> None:
        results = list(simulate(draws=options["draws"], seed=options["seed"]))
        text = page(results)
        if options["write"] is None:
            self.stdout.write(text)
        else:
            options["write"].write_text(text, "utf-8")
        unexplained = [result for result in results if not result.is_sufficient and result.shortfall is None]
        for result in unexplained:
            self.stderr.write(f"{result.kind}, {result.population}, n = {result.size}: {result.covered:.4f}")
        if unexplained:
            sys.exit(1)
