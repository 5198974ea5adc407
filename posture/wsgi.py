"""The WSGI application of the project."""

import os

from django.core.wsgi import get_wsgi_application

from posture.web.charset import utf_8_only

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "posture.settings")
os.environ.setdefault("POSTURE_PROCESS", "web")
application = utf_8_only(get_wsgi_application())
