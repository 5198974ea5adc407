"""The asking side as a Django app."""

from importlib import import_module

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate

from surveys.append_only import place_guards
from surveys.ownership import fasten, loosen
from surveys.row_security import place_policies, watch
from surveys.tallying import before_migrations, place_triggers


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
        import_module("surveys.mail")
        import_module("surveys.import_runs")
