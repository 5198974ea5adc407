"""The settings of the product, with the probes and what PLANTED breaks. Only the tests of faults load this."""

from posture.settings import *  # noqa: F403
from posture.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.harness.probes_app.ProbesConfig"]
