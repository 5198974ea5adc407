"""Loads questionnaires and benchmarks from their files. Nothing is loaded when any file has an error."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from posture import catalogue
from surveys.catalogue import FieldedVersionChanged, load_questionnaires
from surveys.definition_file import InvalidDefinition


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                loaded = load_questionnaires(at=timezone.now())
                counts = catalogue.load_benchmarks()
        except (InvalidDefinition, FieldedVersionChanged) as error:
            raise CommandError(str(error)) from error
        for name, outcome in loaded.items():
            self.stdout.write(f"{name}: {outcome}")
        self.stdout.write("benchmarks: " + ", ".join(f"{n} {word}" for word, n in sorted(counts.items())))
