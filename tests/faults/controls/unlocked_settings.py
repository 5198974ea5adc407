"""Settings of the product with a submission that reads first and writes later. Only a negative control loads them."""

from posture.settings import *  # noqa: F403
from posture.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.controls.unlocked_app.UnlockedConfig"]
