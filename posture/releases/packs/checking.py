"""Runs the programs of a pack on the pack. A release whose own programs disagree with it is not published."""

import io
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TIMEOUT_SECONDS = 600
DISAGREEMENT_PREFIX = "DISAGREES"
MAX_NAMED = 5


def disagreements(content: bytes) -> list[str]:
    """Returns what `verify.py`, and `verify.R` if R is installed, print about the pack `content`; empty if both
    agree.

    They run at the same time. A program that ends with an error, or not within LONGEST_SECONDS, disagrees too.
    """
    with tempfile.TemporaryDirectory(prefix="posture-pack-") as name:
        folder = Path(name)
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            packed.extractall(folder)
        with ThreadPoolExecutor() as threads:
            runs = {
                program: threads.submit(_program_disagreements, command, folder)
                for program, command in _commands()
            }
        return [f"{program}: {line}" for program, outcome in runs.items() for line in outcome.result()]


def _commands() -> Iterator[tuple[str, list[str]]]:
    yield "verify.py", [sys.executable, "verify.py"]
    rscript = shutil.which("Rscript")
    if rscript is not None:
        yield "verify.R", [rscript, "--vanilla", "verify.R"]


def _program_disagreements(command: list[str], folder: Path) -> list[str]:
    """Runs one program in a separate process that has only the pack and no access to this installation."""
    try:
        process = subprocess.run(
            command,
            cwd=folder,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return [f"has not ended after {TIMEOUT_SECONDS} seconds"]
    if process.returncode == 0:
        return []
    lines = process.stdout.splitlines()
    messages = [
        line.removeprefix(DISAGREEMENT_PREFIX).strip()
        for line in lines
        if line.startswith(DISAGREEMENT_PREFIX)
    ]
    unnamed = len(messages) - MAX_NAMED
    more = [f"and {unnamed} more"] if unnamed > 0 else []
    return [*messages[:MAX_NAMED], *more] or [
        f"ended with code {process.returncode}: {process.stderr.strip()[-300:]}"
    ]
