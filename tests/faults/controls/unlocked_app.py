"""Builds the fault in once the models are loaded."""

from importlib import import_module

from django.apps import AppConfig


class UnlockedConfig(AppConfig):
    name = "tests.faults"

    def ready(self) -> None:
        import_module("tests.faults.controls.unlocked")
