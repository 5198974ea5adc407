"""Linear algebra keeps to one thread in every process of the product, unless its environment says otherwise."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from posture.launch.places import ROOT

ENTRIES = ("posture.wsgi", "posture.celery", "manage")
THREADS = "import {entry}, os, numpy; numpy.ones((400, 400)) @ numpy.ones((400, 400)); print(len(os.listdir('/proc/self/task')))"
VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def threads(entry: str, **given: str) -> int:
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    environment |= {"DJANGO_SETTINGS_MODULE": "posture.settings", **given}
    program = (
        f"import django; from django.conf import settings; settings.DEBUG; {THREADS.format(entry=entry)}"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts threads as Linux lists them")
def test_one_thread_in_each_process() -> None:
    assert {entry: threads(entry) for entry in ENTRIES} == dict.fromkeys(ENTRIES, 1)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts threads as Linux lists them")
def test_the_environment_may_say_otherwise() -> None:
    assert threads("posture.wsgi", OPENBLAS_NUM_THREADS="2") == 2
