"""The Celery application: `celery -A posture.celery worker`. Imported by PostureConfig.ready, not by `posture`,
so that the analysis can be imported without Celery."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "posture.settings")
app = Celery("posture")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
