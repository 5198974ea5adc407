"""Lists every URL pattern with its view, methods and declared access policy."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from posture.web.routes import routes


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print a JSON list instead of a table.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["json"]:
            self.stdout.write(json.dumps([asdict(route) for route in routes()], indent=2))
            return
        for route in routes():
            self.stdout.write(f"{route.access or '-':<11}{','.join(route.methods):<10}{route.pattern}")
