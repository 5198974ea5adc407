"""The targets `make test`, `make test-fast`, `make test-faults`, `make bench` and `make lint`."""

import os
import secrets
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from posture.launch.installation import install
from posture.launch.places import PYTHON, ROOT, stop

LOCKS = (
    "requirements",
    "requirements-saml",
    "requirements-dev",
    "requirements-bench",
    "requirements-mutants",
)
# import-linter has only a console script, no module to run.
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
BENCH_OPTIONS = {"N": "--sizes", "ONLY": "--only"}
# Tests of faults start processes of their own. More than one test per core would make them wait for each other.
PARALLEL = ("-n", str(os.cpu_count() or 1), "--dist", "loadfile", "--no-loadscope-reorder")
# What `make test-fast` leaves out. The markers are explained in pyproject.toml.
SLOW_MARKERS = ("long", "demo", "browser", "broker", "alone")


def test(arguments: Sequence[str]) -> None:
    """Runs the tests. Those that measure time run last and alone."""
    install("requirements-dev.txt")
    _keep_bytecode()
    _run("pytest", *PARALLEL, "-m", "not alone", *arguments)
    _run("tests.on_postgresql", *PARALLEL, "-m", "(database or broker) and not alone", *arguments)
    _run("pytest", "-m", "alone", *arguments)


def test_fast(arguments: Sequence[str]) -> None:
    """Runs the tests on SQLite that take little time, and no test that needs a process or the demonstration."""
    install("requirements-dev.txt")
    _keep_bytecode()
    _run("pytest", "-q", *PARALLEL, "-m", f"not ({' or '.join(SLOW_MARKERS)})", *arguments)


def test_faults() -> None:
    """Environment variables: KILLS and SAVES set the amount, DATABASE the database, and SEED repeats a run."""
    install("requirements-dev.txt")
    os.environ["EVERYWHERE"] = "1"
    _run("pytest", "-s", "-q", "tests/faults")


def bench() -> None:
    install("requirements-dev.txt")
    install("requirements-bench.txt")
    values = {option: os.environ.get(name) for name, option in BENCH_OPTIONS.items()}
    _run("benchmarks", *(f"{option}={value}" for option, value in values.items() if value))


def load() -> None:
    """Environment variables: DURATION in seconds, DATABASE and SEED."""
    install("requirements-dev.txt")
    install("requirements-bench.txt")
    _run("benchmarks.load")


def mutants() -> None:
    """Environment variable: FILE. Without it, all modules listed in tests/mutants/guards.toml, which takes hours."""
    install("requirements-dev.txt")
    install("requirements-mutants.txt")
    file = os.environ.get("FILE")
    _run("tests.mutants", *([file] if file else []))


def lint() -> None:
    install("requirements-dev.txt")
    _run("ruff", "check", ".")
    _run("ruff", "format", "--check", ".")
    _check_contracts()
    _run("mypy", "posture", "surveys")
    with tempfile.TemporaryDirectory() as var:
        environment = {"POSTURE_EMBEDDED": "1", "POSTURE_VAR": var, "SECRET_KEY": secrets.token_hex(32)}
        _manage("makemigrations", "--check", "--dry-run", environment=environment)
        _manage("check", "--fail-level", "WARNING", environment=environment)
    _run("pytest", "-q", "tests/repository/test_architecture.py", "tests/repository/test_repository.py")
    for name in LOCKS:
        _compare_lock(name)


def audit() -> None:
    """Checks for known vulnerabilities. It fails if the package index provides no advisories, instead of reporting
    none."""
    install("requirements-dev.txt")
    for name in LOCKS:
        _run("pip_audit", "--strict", "--require-hashes", "--disable-pip", "-r", f"{name}.txt")


def lock() -> None:
    install("requirements-dev.txt")
    for name in LOCKS:
        _compile(name, ROOT / f"{name}.txt")


def format() -> None:
    install("requirements-dev.txt")
    _run("ruff", "check", "--fix", ".")
    _run("ruff", "format", ".")


def _compile(name: str, target: Path) -> None:
    options = [
        "--universal",
        "--python-version",
        "3.11",
        "--generate-hashes",
        "--no-annotate",
        "--no-header",
        "-q",
    ]
    _run("uv", "pip", "compile", *options, f"{name}.in", "-o", str(target))


def _compare_lock(name: str) -> None:
    """Checks that the lock file satisfies the requirements: compiling over a copy of it must change nothing."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"{name}.txt"
        copy.write_bytes((ROOT / f"{name}.txt").read_bytes())
        _compile(name, copy)
        if copy.read_bytes() != (ROOT / f"{name}.txt").read_bytes():
            stop(f"{name}.txt does not follow from {name}.in: run make lock.")


def _check_contracts() -> None:
    if subprocess.run([PYTHON, "-c", LINT_IMPORTS, "--no-cache"], cwd=ROOT).returncode:
        stop("An import breaks a contract of pyproject.toml; see above.")


def _keep_bytecode() -> None:
    """Lets Python store bytecode, also where the environment forbids it: tests start hundreds of processes, and each
    would compile the product again."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _run(module: str, *arguments: str) -> None:
    if subprocess.run([PYTHON, "-m", module, *arguments], cwd=ROOT).returncode:
        stop(f"{module} found something; see above.")


def _manage(*arguments: str, environment: dict[str, str]) -> None:
    process = subprocess.run([PYTHON, "manage.py", *arguments], cwd=ROOT, env={**os.environ, **environment})
    if process.returncode:
        stop(f"manage.py {arguments[0]} found something; see above.")
