"""Tests the dependencies: exactly those of the lock files, and no release with known faults that have a fix. The code
has no call that a linter finds unsafe except the reviewed ones."""

import json
import re
import subprocess
import sys
from collections import Counter
from importlib.metadata import distributions, version
from pathlib import Path

import django
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
LOWEST_DJANGO = (5, 2, 19)
PIN = re.compile(r"^(\S+==.*?)\s*\\?$", re.MULTILINE)
NOT_LOCKED = {"pip", "setuptools", "wheel"}
# Reviewed calls: file, rule and count. Statements are built from names of tables and columns, never from user text.
REVIEWED = {
    ("posture/accounts/adapter.py", "B104"): 1,
    ("posture/operations/backups/archive_loader.py", "B608"): 3,
    ("posture/operations/backups/restore.py", "B608"): 1,
    ("posture/operations/backups/snapshot.py", "B608"): 2,
    ("posture/launch/processes.py", "B310"): 1,
    ("posture/microdata/raw_rows.py", "B608"): 1,
    ("posture/releases/short_transactions.py", "B608"): 1,
    ("posture/templatetags/figures.py", "B308"): 1,
    ("posture/templatetags/figures.py", "B703"): 1,
    ("surveys/audit/append_only_triggers.py", "B608"): 1,
    ("surveys/imports/bulk_tables.py", "B608"): 1,
    ("surveys/database/insert_statements.py", "B608"): 2,
    ("surveys/tenancy/ownership.py", "B608"): 2,
    ("surveys/encryption/unsealed_rows.py", "B608"): 2,
    ("surveys/fieldwork/tally_triggers.py", "B608"): 5,
}


def pinned(name: str) -> dict[str, Requirement]:
    requirements = [Requirement(line) for line in PIN.findall((ROOT / name).read_text("utf-8"))]
    return {canonicalize_name(requirement.name): requirement for requirement in requirements}


def test_installed_packages_are_the_locked_ones() -> None:
    for name, requirement in pinned("requirements.txt").items():
        if requirement.marker is None or requirement.marker.evaluate():
            assert requirement.specifier.contains(version(name), prereleases=True), name


def test_nothing_is_installed_that_no_lock_names() -> None:
    locked = set().union(
        *(pinned(f"requirements{kind}.txt") for kind in ("", "-saml", "-dev", "-bench", "-mutants")),
        NOT_LOCKED,
    )
    assert {
        canonicalize_name(distribution.metadata["Name"]) for distribution in distributions()
    } - locked == set()


def test_the_framework_has_the_fixes() -> None:
    assert django.VERSION[:2] == LOWEST_DJANGO[:2]
    assert django.VERSION[:3] >= LOWEST_DJANGO


@pytest.fixture(scope="module")
def findings() -> list[dict[str, str]]:
    command = [
        sys.executable,
        "-m",
        "bandit",
        "-q",
        "-r",
        "posture",
        "surveys",
        "-x",
        "*/migrations/*",
        "-f",
        "json",
    ]
    completed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return list(json.loads(completed.stdout)["results"])


def test_no_unsafe_call_was_added(findings: list[dict[str, str]]) -> None:
    serious = Counter(
        (finding["filename"].removeprefix("./"), finding["test_id"])
        for finding in findings
        if finding["issue_severity"] != "LOW"
    )
    assert serious == REVIEWED


def test_nothing_reads_pickles_or_runs_text(findings: list[dict[str, str]]) -> None:
    """Pickle, marshal, exec, eval, YAML and shell calls, whose rating differs between releases of the linter."""
    forbidden = {"B102", "B301", "B302", "B307", "B403", "B506", "B602", "B604", "B605"}
    assert [finding for finding in findings if finding["test_id"] in forbidden] == []


def test_the_linter_finds_unsafe_calls(tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text(
        "import pickle, os\npickle.loads(b'')\neval('1')\nos.system('ls ' + x)\n"
    )
    command = [sys.executable, "-m", "bandit", "-q", "-r", tmp_path, "-f", "json"]
    results = json.loads(subprocess.run(command, capture_output=True, text=True).stdout)["results"]
    assert {"B301", "B307", "B605"} <= {result["test_id"] for result in results}
