"""Paths of the project, and an exception that ends a command with a message."""

import os
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
VAR = Path(os.environ.get("POSTURE_VAR", ROOT / "var"))


class LaunchError(Exception):
    """Ends the command. The message is one sentence that tells the user how to fix the problem."""


def stop(sentence: str) -> NoReturn:
    raise LaunchError(sentence)


def make_folder(folder: Path, *, mode: int) -> None:
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError:
        stop(f"Cannot create {folder}: make {folder.parent} writable for this user, or set POSTURE_VAR.")
    if not os.access(folder, os.W_OK):
        stop(
            f"Cannot write into {folder}: make it writable for this user, or set POSTURE_VAR to another folder."
        )
