"""What a WSGI server serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "posture.settings")
os.environ.setdefault("POSTURE_PROCESS", "web")
application = get_wsgi_application()
