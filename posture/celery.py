"""The Celery application: `celery -A posture.celery worker`. Imported by PostureConfig.ready, not by `posture`,
so that the analysis can be imported without Celery."""

import os
from pathlib import Path
from typing import Any

from celery import Celery, Task
from celery.signals import worker_ready
from django.conf import settings

from surveys.tenancy import across_organizations

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "posture.settings")


class OurTask(Task):
    """The installation's own work reaches the rows of all organisations."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with across_organizations():
            return super().__call__(*args, **kwargs)


app = Celery("posture", task_cls=OurTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def tell_the_launcher(**_: Any) -> None:
    if settings.EMBEDDED:
        Path(settings.VAR / "worker.ready").touch()
