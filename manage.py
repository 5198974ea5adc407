#!/usr/bin/env python
"""Django's command line for this project. Who may run it may read the database, so its commands reach all rows."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import DatabaseError

from posture.databases.errors import OPERATOR_DAMAGE_MESSAGE, is_damage
from surveys.tenancy.organization_scope import across_organizations

AS_OWNER = ("migrate", "prepare", "restore", "erase", "retention")

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "posture.settings")
    if sys.argv[1:2] and sys.argv[1] in AS_OWNER:
        os.environ.setdefault("POSTURE_PROCESS", "owner")
    try:
        with across_organizations():
            execute_from_command_line(sys.argv)
    except ImproperlyConfigured as reason:
        sys.exit(str(reason))
    except DatabaseError as error:
        if not is_damage(error):
            raise
        sys.exit(OPERATOR_DAMAGE_MESSAGE.format(error=error))
