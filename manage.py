#!/usr/bin/env python
"""Django's command line for this project. Who may run it may read the database, so its commands reach all rows."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from surveys.tenancy import across_organizations

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "posture.settings")
    try:
        with across_organizations():
            execute_from_command_line(sys.argv)
    except ImproperlyConfigured as reason:
        sys.exit(str(reason))
