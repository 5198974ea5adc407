"""Settings of the product with the probes and the fault that PLANTED names. Only the tests of faults load them."""

from posture.settings import *  # noqa: F403
from posture.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.harness.probes_app.ProbesConfig"]
