"""Tests how many files a change touches: each change is made on a copy of the repository, and then works there.

CONTRIBUTING.md lists the same numbers."""

import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from posture.launch.places import ROOT

pytestmark = pytest.mark.long

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PARTS = (
    "posture",
    "surveys",
    "templates",
    "static",
    "tests/access",
    "manage.py",
    "GLOSSARY.md",
    "METHODS.md",
)

Edits = dict[str, tuple[str, str]]

BENCHMARK: Edits = {
    "posture/definitions/benchmarks/smaller-sources.toml": (
        "",
        """
[[benchmarks]]
code = "EXAMPLE-1"
value = 12
unit = "percent"
wording = "An example."
base = "organisations"
n = 100
grade = "C"
publisher = "Example"
publication = "An example"
""",
    ),
}
REPORT_PAGE: Edits = {
    "posture/reports/pages.py": (
        '    "about": lazy("About"),\n',
        '    "about": lazy("About"),\n    "sources": lazy("Sources"),\n',
    ),
    "templates/posture/report/sources.html": ("", "<h1>Sources</h1>\n"),
    "tests/access/permitted_callers.csv": (
        "/releases/<slug:slug>/about/,GET,everybody\n",
        "/releases/<slug:slug>/about/,GET,everybody\n/releases/<slug:slug>/sources/,GET,everybody\n",
    ),
}
READS = """
from posture.definitions import benchmarks
from posture.stored_definitions.catalogue import DEFINITIONS
path = DEFINITIONS / "benchmarks" / "smaller-sources.toml"
print([figure.code for figure in benchmarks.parse(path.read_text("utf-8"), name=path.name).benchmarks])
"""
RESOLVES = """
from django.template.loader import get_template
from django.urls import reverse
get_template("posture/report/sources.html")
print(reverse("posture:report-sources", args=["a-release"]))
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for part in PARTS:
        source, target = ROOT / part, tmp_path / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return tmp_path


def apply(edits: Edits, copy: Path) -> None:
    """Replaces the first text by the second in each file; an empty first text means the end of the file."""
    for name, (old, new) in edits.items():
        path = copy / name
        text = path.read_text("utf-8") if path.exists() else ""
        assert old in text, name
        path.write_text(text.replace(old, new, 1) if old else text + new, "utf-8")


def manage(copy: Path, *arguments: str) -> str:
    var = copy / "var"
    (var / "static").mkdir(parents=True, exist_ok=True)
    environment = {"POSTURE_EMBEDDED": "1", "POSTURE_VAR": str(var), "SECRET_KEY": secrets.token_hex(32)}
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=copy,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def cost(change: str) -> int:
    """Returns the number of files that CONTRIBUTING.md states for a change."""
    row = next(line for line in CONTRIBUTING.splitlines() if line.startswith(f"| {change} |"))
    return int(row.split("|")[2])


def test_a_benchmark_is_one_file(copy: Path) -> None:
    assert len(BENCHMARK) == cost("A benchmark") == 1
    apply(BENCHMARK, copy)
    assert "EXAMPLE-1" in manage(copy, "shell", "--no-imports", "-c", READS)


def test_a_page_of_the_report_is_three_files(copy: Path) -> None:
    assert len(REPORT_PAGE) == cost("A page of the gap report") <= 4
    apply(REPORT_PAGE, copy)
    assert manage(copy, "shell", "--no-imports", "-c", RESOLVES).strip() == "/releases/a-release/sources/"
