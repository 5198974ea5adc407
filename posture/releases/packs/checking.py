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

LONGEST_SECONDS = 600
MARK = "DISAGREES"
MOST_NAMED = 5


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
            running = {
                program: threads.submit(_objections, command, folder) for program, command in _commands()
            }
        return [f"{program}: {line}" for program, found in running.items() for line in found.result()]


def _commands() -> Iterator[tuple[str, list[str]]]:
    yield "verify.py", [sys.executable, "verify.py"]
    rscript = shutil.which("Rscript")
    if rscript is not None:
        yield "verify.R", [rscript, "--vanilla", "verify.R"]


def _objections(command: list[str], folder: Path) -> list[str]:
    """Runs one program in a separate process that has only the pack and no access to this installation."""
    try:
        ended = subprocess.run(
            command,
            cwd=folder,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return [f"has not ended after {LONGEST_SECONDS} seconds"]
    if ended.returncode == 0:
        return []
    lines = ended.stdout.splitlines()
    named = [line.removeprefix(MARK).strip() for line in lines if line.startswith(MARK)]
    rest = len(named) - MOST_NAMED
    more = [f"and {rest} more"] if rest > 0 else []
    return [*named[:MOST_NAMED], *more] or [
        f"ended with code {ended.returncode}: {ended.stderr.strip()[-300:]}"
    ]
