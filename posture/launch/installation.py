"""Creates the virtual environment, and updates it when a lock file changes."""

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec

from posture.launch.places import PYTHON, ROOT, VENV, make_folder, stop

MIN_PYTHON = (3, 11)


def install(requirements: str) -> None:
    """Idempotent: a stamp in the environment records the installed lock files."""
    if sys.version_info < MIN_PYTHON:
        stop(f"Python {MIN_PYTHON[0]}.{MIN_PYTHON[1]} or newer is needed, this is {sys.version.split()[0]}.")
    lock = ROOT / requirements
    stamp = VENV / f"installed-{lock.stem}"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest and PYTHON.exists():
        return
    _create_environment()
    print(f"Installing {requirements} into {VENV.name}/ (about a minute, once) ...", flush=True)
    process = subprocess.run(
        [
            PYTHON,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "-r",
            lock,
        ],
        env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"},
    )
    if process.returncode:
        stop("Installing failed: check the network or pip's index settings, then run the same command again.")
    stamp.write_text(digest)


def _create_environment() -> None:
    if PYTHON.exists() and (VENV / "bin" / "pip").exists():
        return
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        stop("Python's venv module is missing: install it (on Debian and Ubuntu: apt install python3-venv).")
    shutil.rmtree(VENV, ignore_errors=True)
    make_folder(VENV, mode=0o755)
    process = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True)
    if process.returncode:
        stop(f"Making {VENV} failed: {(process.stdout + process.stderr).strip().splitlines()[-1]}")
