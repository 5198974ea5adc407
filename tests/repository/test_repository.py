"""Tests promises about the repository itself."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from posture.launch.checks import LOCKS

ROOT = Path(__file__).resolve().parents[2]
CEILINGS = {".py": 400, ".html": 150, ".js": 150}
LONGEST_FUNCTION = 50
FORBIDDEN_NAMES = {"utils", "helpers", "misc", "common", "core", "base"}


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


FILES = tracked()
CODE = [path for path in FILES if path.suffix == ".py" and "migrations" not in path.parts]


def relative_path(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_files_stay_small() -> None:
    for path in FILES:
        ceiling = 500 if path.is_relative_to(ROOT / "tests") else CEILINGS.get(path.suffix)
        if ceiling and path.suffix in CEILINGS and "migrations" not in path.parts:
            assert len(path.read_text("utf-8").splitlines()) <= ceiling, relative_path(path)


def test_functions_stay_small() -> None:
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                assert length <= LONGEST_FUNCTION, f"{relative_path(path)}: {node.name} has {length} lines"


def test_every_module_has_a_docstring() -> None:
    for path in CODE:
        if path.read_text("utf-8").strip() and not path.is_relative_to(ROOT / "tests"):
            assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), relative_path(path)


def test_no_module_has_a_vague_name() -> None:
    named_by_django = {"posture/databases/sqlite/base.py", "posture/databases/postgresql/base.py"}
    vague = {relative_path(path) for path in CODE if path.stem in FORBIDDEN_NAMES}
    assert vague == named_by_django


def test_every_setting_of_the_environment_is_documented_and_used() -> None:
    source = (ROOT / "posture" / "settings.py").read_text("utf-8")
    compose = (ROOT / "deploy" / "compose.yaml").read_text("utf-8")
    used = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source)) | set(re.findall(r"\$\{(\w+)\}", compose))
    documented = set(
        re.findall(r"^# ?([A-Z_]+)=|^([A-Z_]+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    )
    assert used == {commented or active for commented, active in documented}


def test_templates_have_nothing_inline() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text), relative_path(path)
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), relative_path(path)


def test_no_machine_and_no_package_host_is_named() -> None:
    words = re.compile(
        r"/root/|/work/|/home/\w+/|pypi\.org|files\.pythonhosted|artifactory|index-url|find-links"
    )
    for path in FILES:
        if path.suffix in (".png", ".woff2") or path == Path(__file__):
            continue
        match = words.search(path.read_text("utf-8", errors="replace"))
        assert match is None, f"{relative_path(path)}: {match.group() if match else ''}"


def test_locked_requirements_carry_hashes() -> None:
    for name in (f"{lock}.txt" for lock in LOCKS):
        entries = re.split(r"\n(?=\S)", (ROOT / name).read_text("utf-8").strip())
        assert all("==" in entry and "--hash=sha256:" in entry for entry in entries), name


def test_every_dependency_has_a_reason() -> None:
    for name in (f"{lock}.in" for lock in LOCKS):
        for line in (ROOT / name).read_text("utf-8").splitlines():
            if line and not line.startswith(("#", "-r", "-c")):
                assert "  # " in line or " # " in line, line


@pytest.mark.parametrize("app", ["surveys", "posture"])
def test_models_name_their_personal_fields(app: str) -> None:
    for model in apps.get_app_config(app).get_models():
        declared = set(model.PERSONAL)
        emails = {field.name for field in model._meta.get_fields() if isinstance(field, models.EmailField)}
        assert emails <= declared, model.__name__
