"""Django app configuration of the answering side."""

from importlib import import_module

from django.apps import AppConfig


class PostureConfig(AppConfig):
    name = "posture"

    def ready(self) -> None:
        import_module("posture.celery")
        import_module("posture.operations.tasks")
        import_module("posture.operations.after_erasure")
        import_module("posture.operations.retention")
        import_module("posture.checks")
        import_module("posture.accounts.audit")
        import_module("posture.accounts.password_resets")
