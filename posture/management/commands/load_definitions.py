"""Loads questionnaires, benchmarks and targets from their files. Nothing is loaded when any file has an error."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from posture.stored_definitions import catalogue
from posture.stored_definitions.actions import check_actions
from posture.stored_definitions.framework_files import check_frameworks
from posture.stored_definitions.target_sets import load_target_files
from surveys.fieldwork.questionnaire_loader import FieldedVersionChanged, load_questionnaires
from surveys.instrument.definition_file import InvalidDefinition


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                loaded = load_questionnaires(at=timezone.now())
                counts = catalogue.load_benchmarks()
                actions = check_actions()
                frameworks = check_frameworks()
                targets = load_target_files(at=timezone.now())
        except (InvalidDefinition, FieldedVersionChanged) as error:
            raise CommandError(str(error)) from error
        for name, outcome in loaded.items():
            self.stdout.write(f"{name}: {outcome}")
        self.stdout.write("targets: " + ", ".join(f"{n} {state}" for state, n in sorted(targets.items())))
        self.stdout.write(f"actions: {actions} checked")
        self.stdout.write(f"frameworks: {frameworks} checked")
        self.stdout.write("benchmarks: " + ", ".join(f"{n} {state}" for state, n in sorted(counts.items())))
