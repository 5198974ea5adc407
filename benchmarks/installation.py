"""An installation with the demonstration, for benchmarks of whole pages and files."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import django

from posture.launch.places import ROOT


def prepare_demonstration(var: Path) -> None:
    """Makes the installation in the folder."""
    (var / "static").mkdir(parents=True)
    command = [sys.executable, "manage.py", "prepare"]
    subprocess.run(
        command, cwd=ROOT, env=os.environ | environment(var), check=True, stdout=subprocess.DEVNULL
    )


def environment(var: Path) -> dict[str, str]:
    return {
        "POSTURE_EMBEDDED": "1",
        "POSTURE_VAR": str(var),
        "SECRET_KEY": secrets.token_urlsafe(64),
        "BASE_URL": "http://localhost",
        "DATABASE_URL": f"sqlite:///{var / 'posture.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "posture.settings",
        "LOG_LEVEL": "WARNING",
    }


def set_up_django(var: Path) -> None:
    os.environ.update(environment(var))
    django.setup()
