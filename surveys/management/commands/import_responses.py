"""Imports a file of answers by a mapping. Each row is inserted, updated, unchanged, rejected or a duplicate."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys.fieldwork.questionnaire_loader import questionnaire_by_key
from surveys.imports import mapping
from surveys.imports.importer import MAPPINGS, FileNotImportable, import_responses
from surveys.instrument.definition_file import InvalidDefinition


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        names = ", ".join(sorted(path.stem for path in MAPPINGS.glob("*.toml")))
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--mapping",
            required=True,
            help=_("One of: {names}; or the path of a mapping file.").format(names=names),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["mapping"])
        path = path if path.suffix == ".toml" else MAPPINGS / f"{options['mapping']}.toml"
        if not path.exists():
            raise CommandError(_("There is no mapping {name}.").format(name=path.name))
        try:
            parsed_mapping = mapping.parse(path.read_text("utf-8"), name=path.name)
            questionnaire = questionnaire_by_key(parsed_mapping.questionnaire)
            if questionnaire is None:
                raise CommandError(
                    _("Load {questionnaire} first: manage.py load_definitions.").format(
                        questionnaire=parsed_mapping.questionnaire
                    )
                )
            report = import_responses(options["file"], parsed_mapping, questionnaire, at=timezone.now())
        except (InvalidDefinition, FileNotImportable) as error:
            raise CommandError(str(error)) from error
        for note in report.notes:
            self.stderr.write(note)
        for remark in report.remarks:
            self.stderr.write(str(remark))
        counts = " + ".join(f"{number} {outcome}" for outcome, number in report.counts.items())
        self.stdout.write(f"{report.read} read = {counts}")
