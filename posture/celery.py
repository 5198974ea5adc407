"""The Celery application: `celery -A posture.celery worker`. `PostureConfig.ready` imports it, not `posture`, so that
the analysis can be imported without Celery."""

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import worker_ready
from django.conf import settings

from posture.operations.message_validation import register_transport

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "posture.settings")
register_transport()
app = Celery("posture")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def mark_worker_ready(**_: Any) -> None:
    if settings.EMBEDDED:
        Path(settings.VAR / "worker.ready").touch()
