"""The Celery application: `celery -A posture.celery worker`. Imported by PostureConfig.ready, not by `posture`,
so that the analysis can be imported without Celery."""

import itertools
import logging
import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import task_rejected, task_unknown, worker_ready
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "posture.settings")
app = Celery("posture")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

log = logging.getLogger(__name__)
_refused = itertools.count(1)


@worker_ready.connect
def tell_the_launcher(**_: Any) -> None:
    if settings.EMBEDDED:
        Path(settings.VAR / "worker.ready").touch()


@task_unknown.connect
@task_rejected.connect
def count_refused(**_: Any) -> None:
    """Nobody but a relay writes into the queue, so each of these is worth a look."""
    log.warning("Refused messages so far: %s.", next(_refused))
