"""Erases a respondent or an organisation for good, and prints the receipt.

`respondent` takes the number of an invitation or the public number of a response, `organization` a short name. Released
numbers stay: they identify nobody. `--reapply` erases again, after a restore, what the ledger notes; `--clear` clears
traces of earlier erasures from the database and its files."""

from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from posture.operations import after_erasure
from surveys.encryption.cipher import SealingError
from surveys.retention import erasure as erasing
from surveys.retention.erasure import ErasureResult

Row = TypeVar("Row")


def require_row(row: Row | None, name: str) -> Row:
    if row is None:
        raise CommandError(f"There is no {name}.")
    return row


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", nargs="?", choices=["respondent", "organization"])
        parser.add_argument("which", nargs="?")
        parser.add_argument(
            "--dry-run", action="store_true", help="Count what would be erased, and change nothing."
        )
        parser.add_argument(
            "--everywhere",
            action="store_true",
            help="Also erase all responses of the same address, in all waves; only with a respondent.",
        )
        parser.add_argument("--reapply", action="store_true")
        parser.add_argument("--clear", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["reapply"]:
                self._finish(erasing.reapply_ledger(at=timezone.now()), "erased again")
            elif options["clear"]:
                self._print_failures(after_erasure.clean_up_everything())
            elif not options["what"] or not options["which"]:
                raise CommandError("Say what to erase: respondent NUMBER, or organization SHORT-NAME.")
            else:
                self._erase(**options)
        except SealingError as error:
            raise CommandError(str(error)) from None

    def _erase(self, *, what: str, which: str, dry_run: bool, everywhere: bool, **_: Any) -> None:
        options: dict[str, Any] = {"by": "operator", "at": timezone.now(), "is_rehearsal": dry_run}
        if what == "organization":
            erased = [
                erasing.erase_organization(require_row(erasing.find_organization(which), which), **options)
            ]
        else:
            invitation = require_row(erasing.find_respondent(which), which)
            same_address = erasing.other_invitations(invitation)
            if same_address and not everywhere:
                numbers = ", ".join(str(row.pk) for row in same_address)
                self.stdout.write(f"The same address has other invitations: {numbers} (--everywhere).")
            selected = [invitation, *(same_address if everywhere else [])]
            erased = [erasing.erase_respondent(row, **options) for row in selected]
        self._finish(erased, "would be erased" if dry_run else "erased", clears=not dry_run)

    def _finish(self, erased: list[ErasureResult], word: str, *, clears: bool = True) -> None:
        for erasure in erased:
            for label, count in sorted(erasure.counts.items()):
                self.stdout.write(f"  {label:<28} {count:>7}")
            receipt = "" if word.startswith("would") else f", receipt {erasure.receipt}"
            self.stdout.write(f"{erasure.kind}: {erasure.rows} rows {word}{receipt}")
        if not erased:
            self.stdout.write(f"Nothing {word}.")
        if clears:
            self._print_failures(after_erasure.clean_up(erased))

    def _print_failures(self, failures: list[str]) -> None:
        for sentence in failures:
            self.stderr.write(sentence)
        if failures:
            raise CommandError("The rows are erased. What is said above is left to do.")
        self.stdout.write("Nothing of it is left in the database's files.")
