"""Tests that imports between folders follow the contracts in pyproject.toml, and that each folder describes its
use."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from posture.launch.checks import LINT_IMPORTS

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
NOT_DESCRIBED = {"migrations", "management", "templatetags", "program", "commands"}
# One forbidden import for each contract: the importing module and the imported one.
FORBIDDEN_IMPORTS = {
    "sides": ("surveys/jobs/outbox.py", "posture.version"),
    "surveys": ("surveys/models/wave.py", "surveys.fieldwork.queries"),
    "posture": ("posture/reports/gap.py", "posture.views.pages"),
    "analysis": ("posture/analysis/answers/scoring.py", "posture.analysis.estimates.rows"),
    "cycles": ("posture/methods/intervals.py", "posture.methods.shares"),
    "raw-answers": ("posture/reports/gap.py", "surveys.models"),
    "pure": ("posture/methods/rounding.py", "django.db"),
}


def check_contracts(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LINT_IMPORTS, "--no-cache", *options]
    return subprocess.run(command, cwd=root, capture_output=True, text=True)


def folders() -> list[Path]:
    folder_paths = [
        path.parent
        for side in ("surveys", "posture")
        for path in (ROOT / side).rglob("__init__.py")
        if not NOT_DESCRIBED & set(path.parts) and path.parent != ROOT / side
    ]
    return sorted(folder_paths)


def test_imports_follow_the_contracts() -> None:
    completed = check_contracts(ROOT)
    assert completed.returncode == 0, completed.stdout


@pytest.fixture(scope="module")
def copied_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("contracts")
    for name in ("surveys", "posture", "tests/repository"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "tests/__init__.py", root / "tests")
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


@pytest.mark.parametrize("contract", FORBIDDEN_IMPORTS)
def test_each_contract_refuses_a_forbidden_import(copied_project: Path, contract: str) -> None:
    name, imported = FORBIDDEN_IMPORTS[contract]
    module = copied_project / name
    source = module.read_text("utf-8")
    module.write_text(f"{source}\nimport {imported}\n", "utf-8")
    try:
        completed = check_contracts(copied_project, "--contract", contract)
    finally:
        module.write_text(source, "utf-8")
    assert completed.returncode == 1, completed.stdout + completed.stderr
    assert f".{Path(name).stem}" in completed.stdout


def test_every_contract_has_a_forbidden_import() -> None:
    declared = re.findall(r'^id = "([\w-]+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert set(declared) == set(FORBIDDEN_IMPORTS)


@pytest.mark.parametrize("side", ["surveys", "posture"])
def test_the_root_of_a_package_holds_only_its_own_files(side: str) -> None:
    allowed = {
        "surveys": {"__init__", "apps", "urls"},
        "posture": {
            "__init__",
            "apps",
            "celery",
            "checks",
            "middleware",
            "secret_key",
            "settings",
            "urls",
            "version",
            "web_server",
            "wsgi",
        },
    }
    assert {path.stem for path in (ROOT / side).glob("*.py")} == allowed[side]


def test_every_folder_describes_its_purpose() -> None:
    for folder in folders():
        words = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8")))
        assert words, folder.relative_to(ROOT)
        if folder.parent.name in ("surveys", "posture"):
            assert "import" in words, f"{folder.relative_to(ROOT)} does not say who may import it"


def test_contributing_names_the_existing_folders() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = set(re.findall(r"^\| `((?:surveys|posture)/[\w/]+)/` \|", text, re.MULTILINE))
    existing = {
        str(folder.relative_to(ROOT))
        for folder in folders()
        if folder.parent.name in ("surveys", "posture", "analysis")
    }
    assert named - {"surveys/definitions"} == existing
