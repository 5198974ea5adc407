"""Computes a release afresh from the raw answers and names every number that differs; exit code 1 when any does."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import pluralize

from posture.models import Release
from posture.releases.recomputation import recompute


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("release", help="The slug of a release that was computed.")

    def handle(self, *args: Any, **options: Any) -> None:
        release = Release.objects.filter(slug=options["release"]).first()
        if release is None:
            raise CommandError(f"There is no release {options['release']}.")
        if not release.data_digest:
            raise CommandError(f"{release.slug} is {release.status}: there is nothing to compare yet.")
        differences = list(recompute(release))
        for difference in differences:
            self.stderr.write(str(difference))
        self.stdout.write(
            f"{release.estimates.count()} numbers, {len(differences)} difference{pluralize(len(differences))}."
        )
        if differences:
            sys.exit(1)
