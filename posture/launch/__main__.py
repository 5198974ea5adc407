"""Command-line entry point of the Makefile targets."""

import shutil
import sys
from collections.abc import Sequence

from posture.launch import checks
from posture.launch.places import ROOT, VAR, VENV, LaunchError
from posture.launch.serve import run


def clean() -> None:
    for folder in (VENV, VAR, *(ROOT / name for name in (".mypy_cache", ".ruff_cache", ".pytest_cache"))):
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments: Sequence[str]) -> int:
    commands = {
        "run": run,
        "test": lambda: checks.test(arguments[1:]),
        "test-fast": lambda: checks.test_fast(arguments[1:]),
        "test-faults": checks.test_faults,
        "bench": checks.bench,
        "load": checks.load,
        "mutants": checks.mutants,
        "lint": checks.lint,
        "audit": checks.audit,
        "lock": checks.lock,
        "format": checks.format,
        "clean": clean,
    }
    if not arguments or arguments[0] not in commands:
        print(f"Usage: python3 -m posture.launch {'|'.join(commands)}", file=sys.stderr)
        return 2
    try:
        commands[arguments[0]]()
    except LaunchError as reason:
        print(f"\n{reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
