"""The product with a submission that looks first and writes later. Only a negative control loads this."""

from posture.settings import *  # noqa: F403
from posture.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.controls.unlocked_app.UnlockedConfig"]
