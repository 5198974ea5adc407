"""Registers the probes in web server, relay and worker."""

from importlib import import_module

from django.apps import AppConfig


class ProbesConfig(AppConfig):
    name = "tests.faults"
    label = "probes"

    def ready(self) -> None:
        import_module("tests.faults.harness.probes")
