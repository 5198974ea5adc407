"""The audit trail: `audit verify` checks every chain, `audit anchors` prints where each ends, to be kept elsewhere."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from surveys.audit.trail import anchors, flaws, missing_anchors
from surveys.models import AuditEntry


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verify = verbs.add_parser("verify")
        verify.add_argument(
            "--anchors",
            type=Path,
            metavar="FILE",
            help="A file that holds lines printed by `audit anchors` earlier.",
        )
        verbs.add_parser("anchors")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"] == "anchors":
            self.stdout.write("\n".join(anchors()))
            return
        problems = [str(flaw) for flaw in flaws()]
        if options["anchors"]:
            problems += missing_anchors(options["anchors"].read_text("utf-8"))
        for problem in problems:
            self.stderr.write(problem)
        if problems:
            raise CommandError(f"The audit trail is not as it was written: {len(problems)} flaws.")
        self.stdout.write(f"{AuditEntry.objects.count()} entries in {len(anchors())} chains, no flaw.")
