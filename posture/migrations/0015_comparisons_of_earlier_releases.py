"""Computes the comparisons of the releases that were computed before these were stored."""

from functools import partial

from django.db import migrations
from django.utils import timezone

from posture.releases.late_comparisons import fill_comparisons


def fill(apps, schema_editor):
    models = partial(apps.get_model, "posture")
    complete = models("Release").objects.filter(status__in=("draft", "published", "withdrawn"))
    for release in complete.filter(compared_at__isnull=True).order_by("pk"):
        fill_comparisons(release, models, at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [
        ("posture", "0014_comparisons"),
        ("surveys", "0024_retention_held_back"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
