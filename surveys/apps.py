"""The Django app of the surveys. Creates triggers and row-level security after migrations."""

from importlib import import_module

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate

from surveys.audit.append_only_triggers import place_guards
from surveys.fieldwork.tally_triggers import before_migrations, place_triggers
from surveys.tenancy.ownership import fasten, loosen
from surveys.tenancy.row_security import place_policies, watch


class SurveysConfig(AppConfig):
    name = "surveys"

    def ready(self) -> None:
        pre_migrate.connect(before_migrations, sender=self)
        pre_migrate.connect(loosen, sender=self)
        post_migrate.connect(place_triggers, sender=self)
        post_migrate.connect(place_guards, sender=self)
        post_migrate.connect(fasten, sender=self)
        post_migrate.connect(place_policies, sender=self)
        connection_created.connect(watch)
        import_module("surveys.mail.emails")
        import_module("surveys.imports.import_runs")
