"""Tests that linear algebra uses one thread in every process of the product, unless the environment states another
number."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from posture.launch.places import ROOT

pytestmark = pytest.mark.long

ENTRIES = ("posture.wsgi", "posture.celery", "manage")
VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
TASKS = Path("/proc/self/task")
PROGRAM = """
from django.conf import settings
settings.DEBUG
import {entry}, numpy, os
numpy.ones((400, 400)) @ numpy.ones((400, 400))
print(len(os.listdir("{tasks}")))
"""


def threads(entry: str, **given: str) -> int:
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    environment |= {"DJANGO_SETTINGS_MODULE": "posture.settings", **given}
    program = PROGRAM.format(entry=entry, tasks=TASKS)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.skipif(not TASKS.exists(), reason="counts threads as Linux lists them")
def test_one_thread_in_each_process() -> None:
    assert {entry: threads(entry) for entry in ENTRIES} == dict.fromkeys(ENTRIES, 1)


@pytest.mark.skipif(not TASKS.exists() or os.cpu_count() == 1, reason="needs Linux and two cores")
def test_the_environment_may_say_otherwise() -> None:
    assert threads("posture.wsgi", OPENBLAS_NUM_THREADS="2") > 1
