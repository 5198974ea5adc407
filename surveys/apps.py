"""The Django app of the surveys. Creates triggers and row-level security after migrations."""

from importlib import import_module

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate

from surveys.audit.append_only_triggers import create_audit_triggers
from surveys.fieldwork.tally_triggers import create_tally_triggers, drop_tally_triggers
from surveys.tenancy.ownership import create_ownership_constraints, drop_ownership_triggers
from surveys.tenancy.row_security import create_policies, install_scope_check


class SurveysConfig(AppConfig):
    name = "surveys"

    def ready(self) -> None:
        pre_migrate.connect(drop_tally_triggers, sender=self)
        pre_migrate.connect(drop_ownership_triggers, sender=self)
        post_migrate.connect(create_tally_triggers, sender=self)
        post_migrate.connect(create_audit_triggers, sender=self)
        post_migrate.connect(create_ownership_constraints, sender=self)
        post_migrate.connect(create_policies, sender=self)
        connection_created.connect(install_scope_check)
        import_module("surveys.mail.emails")
        import_module("surveys.imports.import_runs")
