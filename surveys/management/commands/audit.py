"""Checks the audit trail: `audit verify` checks each chain, `audit anchors` prints their ends for a separate log."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from surveys.audit.trail import anchors, flaws, missing_anchors
from surveys.models import AuditEntry


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="verb", required=True)
        verify = actions.add_parser("verify")
        verify.add_argument(
            "--anchors",
            type=Path,
            metavar="FILE",
            help=_("A file with lines that `audit anchors` printed earlier."),
        )
        actions.add_parser("anchors")

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
            raise CommandError(
                _("The audit trail is not as it was written: {number} flaws.").format(number=len(problems))
            )
        self.stdout.write(f"{AuditEntry.objects.count()} entries in {len(anchors())} chains, no flaw.")
