"""Creates the virtual environment, and updates it when a lock file changes."""

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec

from posture.launch.places import PYTHON, ROOT, VENV, make_folder, stop

OLDEST = (3, 11)


def install(requirements: str) -> None:
    """Idempotent: a stamp in the environment records the installed lock files."""
    if sys.version_info < OLDEST:
        stop(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, this is {sys.version.split()[0]}.")
    lock = ROOT / requirements
    stamp = VENV / f"installed-{lock.stem}"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted and PYTHON.exists():
        return
    _make_environment()
    print(f"Installing {requirements} into {VENV.name}/ (about a minute, once) ...", flush=True)
    done = subprocess.run(
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
    if done.returncode:
        stop("Installing failed: check the network or pip's index settings, then run the same command again.")
    stamp.write_text(wanted)


def _make_environment() -> None:
    if PYTHON.exists() and (VENV / "bin" / "pip").exists():
        return
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        stop("Python's venv module is missing: install it (on Debian and Ubuntu: apt install python3-venv).")
    shutil.rmtree(VENV, ignore_errors=True)
    make_folder(VENV, mode=0o755)
    made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True)
    if made.returncode:
        stop(f"Making {VENV} failed: {(made.stdout + made.stderr).strip().splitlines()[-1]}")
